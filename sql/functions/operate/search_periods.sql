-- Logged searches by period: how many, and what became of them. Shares are null where there was nothing to share;
-- zero_click_rate is of searches that showed something, and null where nobody says what is used.
create or replace function search_periods(since timestamptz, period interval, periods int)
returns table (
    starts_at timestamptz, searches bigint, miss_rate float8, zero_click_rate float8, strong_rate float8,
    top_score float8, confidence float8, latency_p50 float8, latency_p95 float8
)
language sql stable rows 60
as $$
    select p.starts_at, count(o.query_id),
           avg(o.missed::int)::float8,
           case when bool_or(o.used) then avg((not o.used)::int) filter (where o.shown)::float8 end,
           avg(o.used_well::int)::float8, avg(o.top_score), avg(o.confidence),
           percentile_cont(0.5) within group (order by o.latency_ms),
           percentile_cont(0.95) within group (order by o.latency_ms)
    from (select n, since + n * period as starts_at from generate_series(0, periods - 1) n) p
    left join (select s.*, floor(extract(epoch from s.asked_at - since) / extract(epoch from period))::int as n
               from codesearch.search_outcomes(since, since + periods * period) s) o on o.n = p.n
    group by p.starts_at order by p.starts_at
$$;
comment on function search_periods(timestamptz, interval, int) is
'Logged searches by period: how many, and what became of them.';
