-- Takes a repository from a role again; null takes the grant of every repository. True where there was a grant.
create or replace function revoke_repository(repository text, role name) returns boolean
language plpgsql volatile
set search_path from current
as $$
declare
    wanted int;
begin
    if repository is not null then
        wanted := (visible_repositories(repository))[1];
    end if;
    delete from repository_access a
    where a.role_name = revoke_repository.role and a.repository_id is not distinct from wanted;
    return found;
end
$$;
comment on function revoke_repository(text, name) is
'Takes a repository from a role again; true where there was a grant.';
