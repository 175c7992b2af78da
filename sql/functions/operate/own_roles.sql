-- The roles whose rights the caller has at once. Policies compare names with these, so that a grant to a role that was
-- dropped, or not restored yet, is no error.
create or replace function own_roles() returns name []
language sql stable parallel safe
set search_path from current
as $$
    select roles_of(current_user)
$$;
comment on function own_roles() is 'The roles whose rights the caller has at once.';
