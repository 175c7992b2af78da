-- Forgets what a branch reaches, and all commits that no other one reaches: where history.max_commits is 0, or before
-- the history is read anew, because older commits came in and numbers follow the order of history (everything => true:
-- of all branches; the next index run of each gives it its history back).
create or replace function forget_history(branch_id int, everything boolean default false) returns void
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    owner_id int := branch_repository(forget_history.branch_id);
begin
    perform lock_repository(owner_id);
    delete from branch_history b
    where b.repository_id = owner_id and (everything or b.branch_id = forget_history.branch_id);
    perform collect_commits(owner_id);
end
$$;
comment on function forget_history(int, boolean) is
'Forgets the commits that a branch reaches and no other one does; of all branches where it says so.';
revoke all on function forget_history(int, boolean) from public;
