-- Removes files that are gone from a branch, indexed and skipped ones; returns how many indexed ones are gone. The
-- chunks of one whose content is at a new path go there.
create or replace function forget_files(branch_id int, paths text []) returns int
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    removed int;
begin
    perform lock_repository(branch_repository(forget_files.branch_id));
    delete from skipped_file s where s.branch_id = forget_files.branch_id and s.path = any(paths);
    perform adopt_moved_files(forget_files.branch_id, paths);
    delete from source_file f where f.branch_id = forget_files.branch_id and f.path = any(paths);
    get diagnostics removed = row_count;
    return removed;
end
$$;
comment on function forget_files(int, text []) is
'Removes files that are gone from a branch; returns how many indexed ones are gone.';
revoke all on function forget_files(int, text []) from public;
