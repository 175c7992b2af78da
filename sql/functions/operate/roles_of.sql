-- The roles whose rights a role has at once: itself and what it inherits.
create or replace function roles_of(role name) returns name []
language sql stable parallel safe
set search_path from current
as $$
    with recursive member as (
        select r.oid from pg_catalog.pg_roles r where r.rolname = roles_of.role
        union
        select g.roleid from pg_catalog.pg_auth_members g join member m on g.member = m.oid)
    select array_agg(r.rolname order by r.rolname)
    from member m join pg_catalog.pg_roles r on r.oid = m.oid
    where pg_catalog.pg_has_role(roles_of.role, m.oid, 'usage')
$$;
comment on function roles_of(name) is 'The roles whose rights a role has at once: itself and what it inherits.';
