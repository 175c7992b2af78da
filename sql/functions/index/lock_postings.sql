-- Keeps writers of a repository's chunks and the refresh of its inverted index apart, until the transaction ends:
-- writers share it, a refresh holds it alone. A refresh must not wait for ever because there is always a writer, so it
-- closes a gate first: writers that come later wait there, and those that are inside already pass it.
create or replace function lock_postings(repository_id int, alone boolean default false) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    inside text := coalesce(current_setting('codesearch.writes_to', true), '');
    mark text := format('<%s>', repository_id);
begin
    if alone then
        perform hold_work_lock('postings gate', repository_id);
        perform hold_work_lock('postings', repository_id);
        return;
    elsif position(mark in inside) = 0 then
        begin
            perform hold_work_lock('postings gate', repository_id, shared => true);
            -- Undone, the gate is free again.
            raise exception 'passed';
        exception when raise_exception then
            null;
        end;
        perform set_config('codesearch.writes_to', inside || mark, true);
    end if;
    perform hold_work_lock('postings', repository_id, shared => true);
end
$$;
comment on function lock_postings(int, boolean) is
'Keeps writers of a repository''s chunks, who share it, and the refresh of its inverted index, alone, apart.';
revoke all on function lock_postings(int, boolean) from public;
