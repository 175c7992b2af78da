-- Whether the asking role may see a repository, for functions that run as the owner, whom row-level security does not bind.
create or replace function may_work_on(repository_id int) returns boolean
language sql stable
set search_path from current
as $$
    select not c.relrowsecurity or pg_has_role(asking_role(), c.relowner, 'usage')
        or exists (select from pg_roles r where r.rolname = asking_role() and (r.rolsuper or r.rolbypassrls))
        or exists (select from pg_roles r where r.rolname = 'codesearch_admin' and pg_has_role(asking_role(), r.oid, 'usage'))
        or exists (select from repository_access a join pg_roles r on r.rolname = a.role_name
                   where (a.repository_id is null or a.repository_id = may_work_on.repository_id) and pg_has_role(asking_role(), r.oid, 'usage'))
    from pg_class c where c.oid = 'codesearch.repository'::regclass
$$;
comment on function may_work_on(int) is 'Whether the asking role may see a repository, for functions that run as the owner.';
revoke all on function may_work_on(int) from public;
