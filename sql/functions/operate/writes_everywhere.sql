-- Whether the asking role may see, and where it writes at all write, every repository, future ones too: row-level
-- security is off, it has the rights of the owner or of codesearch_admin, or it was granted all.
create or replace function writes_everywhere() returns boolean
language sql stable security definer
set search_path from current
as $$
    select not tenants_apart()
        or exists (select from pg_catalog.pg_roles r
                   where r.rolname = asking_role()
                     and (r.rolsuper or r.rolbypassrls
                          or pg_catalog.pg_has_role(r.oid, (select c.relowner from pg_catalog.pg_class c
                                                            where c.oid = 'codesearch.repository'::regclass), 'usage')))
        or exists (select from unnest(roles_of(asking_role())) o(role)
                   where o.role = 'codesearch_admin'
                      or exists (select from repository_access a
                          where a.repository_id is null and a.role_name = o.role))
$$;
comment on function writes_everywhere() is 'Whether the asking role may write every repository.';
revoke all on function writes_everywhere() from public;
