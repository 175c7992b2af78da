-- Removes a repository with all its branches, said as 'name', or the branch that 'name@branch' says; with what no other
-- branch has of it. Another's repository is like one that is not there. Who is at work on it is waited for first, its
-- files before its postings: a worker never waits for files, and one that comes later waits with nothing in hand.
create or replace function forget_repository(address text) returns void
language plpgsql volatile security definer
set search_path from current
as $$
declare
    own int [] := writable_repositories();
    wanted record := split_address(forget_repository.address, own);
    target record;
begin
    select b.repository_id, b.branch_id into target from find_branch(forget_repository.address, own) b;
    if not found then
        raise exception using errcode = 'CS006',
            message = format('there is no repository %L', forget_repository.address),
            hint = 'select repository from codesearch.index_status lists them, branches as name@branch';
    end if;
    perform lock_repository(target.repository_id);
    perform from source_file f
    where f.repository_id = target.repository_id and (wanted.branch is null or f.branch_id = target.branch_id)
    order by f.file_id for update;
    perform lock_postings(target.repository_id, alone => true);
    if wanted.branch is null then
        delete from repository r where r.repository_id = target.repository_id;
    else
        delete from branch b where b.branch_id = target.branch_id;
        perform collect_commits(target.repository_id);
    end if;
end
$$;
comment on function forget_repository(text) is
'Removes a repository with all its branches (''name''), or one branch of it (''name@branch'').';
revoke all on function forget_repository(text) from public;
