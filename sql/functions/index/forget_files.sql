-- Removes files that are gone from a repository, indexed and skipped ones; returns how many were indexed.
create or replace function forget_files(repository_id int, paths text []) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    removed int;
begin
    delete from skipped_file s where s.repository_id = forget_files.repository_id and s.path = any(paths);
    delete from source_file f where f.repository_id = forget_files.repository_id and f.path = any(paths);
    get diagnostics removed = row_count;
    return removed;
end
$$;
comment on function forget_files(int, text []) is 'Removes files that are gone from a repository; returns how many were indexed.';
