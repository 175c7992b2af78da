-- Says that a branch holds what a commit has (null outside git), after a complete run.
create or replace function record_index_run(branch_id int, commit text) returns void
language plpgsql volatile security definer
set search_path from current
as $$
begin
    perform branch_repository(record_index_run.branch_id);
    update branch b set indexed_at = now(), indexed_commit = commit where b.branch_id = record_index_run.branch_id;
end
$$;
comment on function record_index_run(int, text) is 'Says that a branch holds what a commit has, after a complete run.';
revoke all on function record_index_run(int, text) from public;
