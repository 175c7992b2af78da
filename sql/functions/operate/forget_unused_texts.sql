-- Removes texts, and with them their vectors, that no chunk has: what chunk_text_forget left because somebody was about
-- to use it and then did not. Texts that others hold right now are left for the next time.
create or replace function forget_unused_texts() returns int
language plpgsql volatile
set search_path from current
as $$
declare
    unused uuid [];
    removed int;
begin
    unused := array(select s.text_hash from stored_text s
                    where not exists (select from chunk_text t where t.text_hash = s.text_hash)
                    for update of s skip locked);
    -- Again, now that nobody can take them up.
    delete from stored_text s
    where s.text_hash = any(unused) and not exists (select from chunk_text t where t.text_hash = s.text_hash);
    get diagnostics removed = row_count;
    return removed;
end
$$;
comment on function forget_unused_texts() is 'Removes texts, with their vectors, that no chunk has; returns how many.';
revoke all on function forget_unused_texts() from public;
