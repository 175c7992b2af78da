-- The repository of a branch that the asking role may write; an error like that of a branch that is not there
-- otherwise. What runs as its owner and takes a branch from the caller asks here first.
create or replace function branch_repository(branch_id int) returns int
language plpgsql stable security definer
set search_path from current
as $$
declare
    found_id int := (select b.repository_id from branch b where b.branch_id = branch_repository.branch_id);
begin
    if found_id is null or found_id <> all(writable_repositories()) then
        raise exception using errcode = 'CS006',
            message = format('there is no branch %s', coalesce(branch_id::text, 'NULL')),
            hint = 'codesearch.ensure_branch(repository, branch) gives the number of a branch';
    end if;
    return found_id;
end
$$;
comment on function branch_repository(int) is 'The repository of a branch that the asking role may write.';
revoke all on function branch_repository(int) from public;
