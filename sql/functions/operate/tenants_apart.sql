-- Whether row-level security is in use: it was enabled, or the tables have it, as after a restore that left out the row
-- which says so.
create or replace function tenants_apart() returns boolean
language sql stable
set search_path from current
as $$
    select exists (select from row_level_security)
        or (select c.relrowsecurity from pg_catalog.pg_class c where c.oid = 'codesearch.repository'::regclass)
$$;
comment on function tenants_apart() is 'Whether row-level security is in use.';
revoke all on function tenants_apart() from public;
