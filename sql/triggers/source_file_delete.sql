-- Takes the repository's lock, shared, before a file's chunks go: refresh_lexical_index holds it alone, and a deletion that
-- commits between its statements would leave postings without a chunk. Before the row's chunks are touched, so that
-- the one never waits for the other crosswise. A deletion is searchable at once and needs no job, so nothing is queued.
create or replace function source_file_delete() returns trigger
language plpgsql
set search_path from current
as $$
begin
    perform lock_postings(old.repository_id);
    return old;
end
$$;
comment on function source_file_delete() is 'Keeps the refresh of the inverted index and a deletion apart.';

create or replace trigger source_file_delete
before delete on source_file
for each row execute function source_file_delete();
