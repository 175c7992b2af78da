-- Lets a role see a repository under row-level security; null for the repository means every one, future ones too.
-- What the role may do there is decided by its membership in codesearch_reader or codesearch_writer.
create or replace function grant_repository(repository text, role name) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    wanted int;
begin
    if not exists (select from pg_roles r where r.rolname = grant_repository.role) then
        raise exception using errcode = 'undefined_object', message = format('there is no role %L', role),
            hint = 'create it first, and grant it codesearch_reader or codesearch_writer';
    end if;
    if repository is not null then
        wanted := (visible_repositories(repository))[1];
    end if;
    insert into repository_access (repository_id, role_name) values (wanted, grant_repository.role)
    on conflict do nothing;
end
$$;
comment on function grant_repository(text, name) is
'Lets a role see a repository under row-level security; null means every repository.';
