-- Says that a branch no longer holds just what its commit has, so that no later run trusts git's word on what changed
-- since. complete: what changed is stored, so that the branch is up to date as of now.
create or replace function mark_dirty(branch_id int, complete boolean default false) returns void
language plpgsql volatile security definer
set search_path from current
as $$
begin
    perform branch_repository(mark_dirty.branch_id);
    update branch b
    set indexed_commit = regexp_replace(b.indexed_commit, '(-dirty)?$', '-dirty'),
        indexed_at = case when complete then now() else b.indexed_at end
    where b.branch_id = mark_dirty.branch_id and (complete or b.indexed_commit not like '%-dirty');
end
$$;
comment on function mark_dirty(int, boolean) is 'Says that a branch no longer holds just what its commit has.';
revoke all on function mark_dirty(int, boolean) from public;
