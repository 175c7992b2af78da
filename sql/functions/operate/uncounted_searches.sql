-- Logged searches that search_count does not have yet, in its form. Labels that no search gives itself are 'other', so
-- that no row which somebody wrote by hand makes a series of its own.
create or replace function uncounted_searches(until bigint default null) returns setof search_count
language sql stable rows 20
set search_path from current
as $$
    select case when q.query_class in ('identifier', 'mixed', 'semantic') then q.query_class else 'other' end,
           case when q.mode = any(search_modes()) then q.mode else 'other' end,
           -- width_bucket's buckets have their lower bound, a histogram's their upper: so of the negative.
           q.from_cache, b.bounds[cardinality(b.bounds) - width_bucket(-q.latency_ms / 1000.0::float8, b.lower) + 1],
           count(*), sum(round(q.latency_ms * 1000.0::float8))::bigint,
           count(*) filter (where q.result_count = 0), max(q.query_id)
    from query_log q
    cross join (select latency_bounds() as bounds,
                       (select array_agg(-x order by -x) from unnest(latency_bounds()) x) as lower) b
    where q.query_id > (select coalesce(max(c.counted_until), 0) from search_count c)
      and (uncounted_searches.until is null or q.query_id <= uncounted_searches.until)
    group by 1, 2, 3, 4
$$;
comment on function uncounted_searches(bigint) is 'Logged searches that search_count does not have yet, in its form.';
revoke all on function uncounted_searches(bigint) from public;
