-- Takes row-level security off again; the grants in repository_access stay.
create or replace function disable_row_level_security() returns void
language plpgsql volatile
set search_path from current
as $$
declare
    item regclass;
begin
    for item in
        select c.oid::regclass from pg_class c where c.relnamespace = 'codesearch'::regnamespace and c.relrowsecurity
    loop
        execute format('drop policy if exists tenant on %s', item);
        execute format('drop policy if exists administrator on %s', item);
        execute format('alter table %s disable row level security', item);
    end loop;
    delete from row_level_security;
end
$$;
comment on function disable_row_level_security() is 'Takes row-level security off again.';
revoke all on function disable_row_level_security() from public;
