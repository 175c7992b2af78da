-- How often the query embedding was found in the cache. A miss made a row, so rows are misses.
create or replace view query_embedding_cache_status as
select m.name as model, coalesce(c.entries, 0) as entries,
       coalesce(c.hits, 0) + coalesce(t.hits, 0) as hits,
       coalesce(c.entries, 0) + coalesce(t.misses, 0) as misses,
       (coalesce(c.hits, 0) + coalesce(t.hits, 0))::float8
       / nullif(coalesce(c.hits, 0) + coalesce(t.hits, 0) + coalesce(c.entries, 0) + coalesce(t.misses, 0), 0)
           as hit_rate
from model_version m
left join (select model_version_id, count(*) as entries, sum(hits)::bigint as hits from query_embedding_cache
    group by 1) c
    using (model_version_id)
left join query_embedding_count t using (model_version_id);
comment on view query_embedding_cache_status is
'Entries, hits, misses and hit rate of the query embedding cache, by model version.';
