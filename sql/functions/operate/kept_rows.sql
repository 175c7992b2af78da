-- About how many rows a table has, by what the server counts anyway: live on a primary, as of the last vacuum or
-- analyze on a standby and after a crash.
create or replace function kept_rows(wanted regclass) returns float8
language sql stable
as $$
    select coalesce(nullif(pg_catalog.pg_stat_get_live_tuples(wanted), 0)::float8,
        (select greatest(c.reltuples, 0)::float8 from pg_catalog.pg_class c where c.oid = wanted), 0)
$$;
comment on function kept_rows(regclass) is 'About how many rows a table has, by what the server counts anyway.';
revoke all on function kept_rows(regclass) from public;
