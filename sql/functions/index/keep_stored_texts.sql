-- Stores texts to embed that are not stored yet, and holds all of them until the transaction ends, so that none is
-- collected before its chunk_text is there. In the order of the key, so that two that store the same texts wait for
-- each other and don't deadlock.
create or replace function keep_stored_texts(hashes uuid [], texts text []) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    wanted uuid [] := array(select distinct h from unnest(hashes) h);
    held int := 0;
begin
    -- One that is being collected is gone once its row is free: then it is stored again.
    while held < cardinality(wanted) loop
        insert into stored_text (text_hash, text)
        select distinct on (t.hash) t.hash, t.text from unnest(hashes, texts) as t(hash, text) order by 1
        on conflict (text_hash) do nothing;
        perform s.text_hash from stored_text s where s.text_hash = any(wanted) order by s.text_hash for key share;
        get diagnostics held = row_count;
    end loop;
end
$$;
comment on function keep_stored_texts(uuid [], text []) is
'Stores texts to embed that are not stored yet and holds them until the transaction ends.';
revoke all on function keep_stored_texts(uuid [], text []) from public;
