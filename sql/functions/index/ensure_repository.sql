-- The id of a repository, created on first use. Under row-level security only those who may see every repository create
-- one; for others a name that is taken and one that is free give the same error.
create or replace function ensure_repository(name text) returns int
language plpgsql volatile
set search_path from current
as $$
declare
    found_id int;
begin
    select r.repository_id into found_id from repository r where r.name = ensure_repository.name;
    if found_id is null then
        if row_security_active('codesearch.repository') and not 'codesearch_admin' = any(own_roles())
           and not exists (select from repository_access a where a.repository_id is null) then
            perform visible_repositories(ensure_repository.name);
        end if;
        insert into repository (name) values (ensure_repository.name)
        on conflict on constraint repository_name_key do nothing
        returning repository_id into found_id;
        if found_id is null then
            select r.repository_id into found_id from repository r where r.name = ensure_repository.name;
        end if;
    end if;
    return found_id;
end
$$;
comment on function ensure_repository(text) is 'The id of a repository, created on first use.';
