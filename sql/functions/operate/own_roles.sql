-- The roles whose rights the caller has at once: itself and what it inherits. Policies compare names with these, so
-- that a grant to a role that was dropped, or not restored yet, is no error.
create or replace function own_roles() returns name []
language sql stable parallel safe
set search_path from current
as $$
    with recursive member as (
        select r.oid from pg_catalog.pg_roles r where r.rolname = current_user
        union
        select g.roleid from pg_catalog.pg_auth_members g join member m on g.member = m.oid)
    select array_agg(r.rolname order by r.rolname)
    from member m join pg_catalog.pg_roles r on r.oid = m.oid
    where pg_catalog.pg_has_role(m.oid, 'usage')
$$;
comment on function own_roles() is 'The roles whose rights the caller has at once.';
