-- Removes files that are gone from a repository, indexed and skipped ones; returns how many indexed ones are gone. One whose
-- content is at a new path moves there instead.
create or replace function forget_files(repository_id int, paths text []) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    moved int;
    removed int;
begin
    perform lock_repository(forget_files.repository_id);
    delete from skipped_file s where s.repository_id = forget_files.repository_id and s.path = any(paths);
    moved := adopt_moved_files(forget_files.repository_id, paths);
    delete from source_file f where f.repository_id = forget_files.repository_id and f.path = any(paths);
    get diagnostics removed = row_count;
    return moved + removed;
end
$$;
comment on function forget_files(int, text []) is 'Removes files that are gone from a repository, or moves them; returns how many indexed ones are gone.';
