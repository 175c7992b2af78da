-- The repositories that the asking role may see under row-level security. Functions that run as their owner are not
-- held by its policies, so each compares with these what it was asked to change. Callers keep them in a variable: in a
-- condition they would be looked up for each row.
create or replace function writable_repositories() returns int []
language sql stable security definer
set search_path from current
as $$
    select case when writes_everywhere() then array(select r.repository_id from repository r)
           else array(select a.repository_id from repository_access a
               where a.role_name = any(roles_of(asking_role()))) end
$$;
comment on function writable_repositories() is
'The repositories that the asking role may see under row-level security.';
revoke all on function writable_repositories() from public;
