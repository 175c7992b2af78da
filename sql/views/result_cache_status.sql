-- How often a logged search was answered from the result cache, over what the log keeps.
create or replace view result_cache_status as
select (select count(*) from result_cache) as entries, count(*) filter (where q.from_cache) as hits,
       count(*) filter (where not q.from_cache) as misses, avg(q.from_cache::int)::float8 as hit_rate,
       percentile_cont(0.5) within group (order by q.latency_ms) filter (where q.from_cache) as hit_p50_ms,
       percentile_cont(0.5) within group (order by q.latency_ms) filter (where not q.from_cache) as miss_p50_ms
from query_log q;
comment on view result_cache_status is
'Entries, hits, misses and hit rate of the result cache over the logged searches.';
