-- Metrics of what was asked: latency, class and mode, kept answers, drift. Latency and kept answers are there from the
-- first scrape on, with 0: a rate needs a sample from before.
create or replace function search_metrics() returns table (name text, labels jsonb, value float8)
language sql stable rows 100
set search_path from current
as $$
    with counted as materialized (
        select c.* from search_count c union all select u.* from uncounted_searches() u
    ), bucket as materialized (
        select k.cached, b.bound, coalesce(sum(c.searches), 0)::float8 as searches,
               coalesce(sum(c.microseconds), 0)::float8 / 1e6 as seconds
        from unnest('{false,true}'::boolean []) k(cached) cross join unnest(latency_bounds()) b(bound)
        left join counted c on c.from_cache = k.cached and c.at_most <= b.bound
        group by 1, 2
    ), drift as materialized (
        select d.* from drift_status d order by d.measured_at desc limit 50
    )
    select 'search_latency_seconds_bucket', jsonb_build_object('cached', b.cached::text, 'le',
               case when b.bound = 'Infinity' then '+Inf' else b.bound::text end), b.searches
    from bucket b
    union all
    select 'search_latency_seconds_' || s.suffix, jsonb_build_object('cached', b.cached::text),
           case s.suffix when 'sum' then b.seconds else b.searches end
    from bucket b cross join (values ('sum'), ('count')) s(suffix) where b.bound = 'Infinity'
    union all
    select 'searches_total', jsonb_build_object('class', c.query_class, 'mode', c.mode, 'cached', c.from_cache::text),
           sum(c.searches)::float8
    from counted c group by 2
    union all
    select 'empty_searches_total', jsonb_build_object('class', c.query_class), sum(c.empty)::float8
    from counted c group by 2
    union all
    select 'result_cache_requests_total', jsonb_build_object('result', case when b.cached then 'hit' else 'miss' end),
           b.searches
    from bucket b where b.bound = 'Infinity'
    union all
    select r.name, '{}', coalesce(r.value, 0)::float8
    from (select sum(u.calls) as calls, sum(u.failures) as failures, sum(u.tokens) as tokens from rerank_use u
          where u.used_on = (clock_timestamp() at time zone 'UTC')::date) t
    cross join lateral (values ('rerank_calls_today', t.calls), ('rerank_failures_today', t.failures),
        ('rerank_tokens_today', t.tokens)) r(name, value)
    union all
    select 'threshold_pass_rate', '{}', d.value from drift d where d.measure = 'pass_rate' and d.state <> 'too few'
    union all
    select 'drift_value', jsonb_build_object('measure', d.measure, 'subject', d.subject), d.value
    from drift d where d.state <> 'too few'
    union all
    select 'drift_state', jsonb_build_object('measure', d.measure, 'subject', d.subject),
           case d.state when 'ok' then 0 when 'soft' then 1 else 2 end
    from drift d where d.state <> 'too few'
    union all
    select 'drift_measured_timestamp_seconds', '{}', extract(epoch from max(d.measured_at)) from drift d
    having count(*) > 0
$$;
comment on function search_metrics() is 'Metrics of what was asked: latency, class and mode, kept answers, drift.';
revoke all on function search_metrics() from public;
