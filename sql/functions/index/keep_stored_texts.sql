-- Stores texts to embed that are not stored yet, and holds all of them until the transaction ends, so that none is collected
-- before its chunk_text is there. SECURITY DEFINER: a text that only others hold is not to be seen, and not to be stored
-- twice; it tells the caller nothing. In the order of the key, so that two that store the same texts wait for each other
-- and don't deadlock.
create or replace function keep_stored_texts(texts text []) returns void
language plpgsql volatile security definer
set search_path from current
as $$
declare
    hashes uuid [] := array(select distinct text_hash(t) from unnest(texts) t);
    held int := 0;
begin
    -- One that is being collected is gone once its row is free: then it is stored again.
    while held < cardinality(hashes) loop
        insert into stored_text (text_hash, text)
        select distinct on (1) text_hash(t), t from unnest(texts) t order by 1
        on conflict (text_hash) do nothing;
        perform s.text_hash from stored_text s where s.text_hash = any(hashes) order by s.text_hash for key share;
        get diagnostics held = row_count;
    end loop;
end
$$;
comment on function keep_stored_texts(text []) is 'Stores texts to embed that are not stored yet and holds them until the transaction ends.';
revoke all on function keep_stored_texts(text []) from public;
