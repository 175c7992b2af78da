-- A text, and with it its vectors, goes with the last chunk that has it. Deferred to the commit: there the writer waits
-- for nobody any more, so that it may hold texts that others want. One that somebody is about to use is left; should
-- that be rolled back, run_maintenance collects it.
create or replace function chunk_text_forget() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    perform from chunk_text t where t.text_hash = old.text_hash;
    if not found then
        perform from stored_text s where s.text_hash = old.text_hash for update skip locked;
        if found then
            -- Again, now that nobody can take it up: another may have just before it was locked.
            delete from stored_text s
            where s.text_hash = old.text_hash and not exists (select from chunk_text t where t.text_hash = s.text_hash);
        end if;
    end if;
    return null;
end
$$;
comment on function chunk_text_forget() is 'Removes a text, with its vectors, that no chunk has any more.';
revoke all on function chunk_text_forget() from public;

-- There is no CREATE OR REPLACE of a constraint trigger, and dropping it would lock out searches for nothing.
do $$
begin
    if not exists (select from pg_catalog.pg_trigger
                   where tgrelid = 'codesearch.chunk_text'::regclass and tgname = 'chunk_text_forget') then
        create constraint trigger chunk_text_forget
        after delete or update of text_hash on codesearch.chunk_text
        deferrable initially deferred
        for each row execute function codesearch.chunk_text_forget();
    end if;
end
$$;
