-- The role a session acts as, also when asked inside SECURITY DEFINER, where current_user is the function's owner.
create or replace function asking_role() returns name
language sql stable parallel restricted
set search_path from current
as $$
    select coalesce(nullif(current_setting('role'), 'none'), session_user)::name
$$;
comment on function asking_role() is 'The role a session acts as, also when asked inside SECURITY DEFINER.';
