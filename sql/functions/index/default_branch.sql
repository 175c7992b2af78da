-- The default branch of a repository, made where there is none yet: whoever stores the first file needs it. Null where
-- there is no such repository: the row that was to be stored is refused then, by the same error as one of a repository
-- that its writer may not see.
create or replace function default_branch(repository_id int) returns int
language plpgsql volatile
set search_path from current
as $$
declare
    found_id int := (select b.branch_id from branch b
                     where b.repository_id = default_branch.repository_id and b.is_default);
begin
    if found_id is null then
        insert into branch (repository_id, name, is_default)
        select r.repository_id, 'HEAD', true from repository r where r.repository_id = default_branch.repository_id
        on conflict do nothing;
        found_id := (select b.branch_id from branch b
                     where b.repository_id = default_branch.repository_id and b.is_default);
    end if;
    return found_id;
end
$$;
comment on function default_branch(int) is 'The default branch of a repository, made where there is none yet.';
revoke all on function default_branch(int) from public;
