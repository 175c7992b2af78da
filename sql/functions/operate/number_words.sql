-- A number as people read it, by its unit: share, ms, bytes, count or a plain number. Null for null.
create or replace function number_words(value float8, unit text) returns text
language sql immutable parallel safe strict
as $$
    select case unit when 'share' then round(100 * value::numeric, 1) || ' %'
                     when 'ms' then round(value::numeric, 1) || ' ms'
                     when 'bytes' then pg_catalog.pg_size_pretty(value::bigint)
                     when 'count' then value::bigint::text
                     else round(value::numeric, 3)::text end
$$;
comment on function number_words(float8, text) is 'A number as people read it, by its unit.';
