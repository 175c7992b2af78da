-- Classes of query that search answers badly, and that too few were judged of to know why: of the last thirty days, or
-- by the active model's newest hybrid run of judged queries. wanted is how many more queries of the class should be
-- judged, so that there are thirty (pgcodesearch eval draw). Runs as its owner: judged queries are everybody's.
create or replace view weak_category as
with asked as materialized (
    select o.query_class as category, count(*) as searches, avg(o.missed::int)::float8 as miss_rate
    from search_outcomes(now() - interval '30 days') o where o.query_class is not null group by o.query_class
), judged as materialized (
    select q.query_set, q.query_key, classify_query(q.query) as category from judged_query q
), counted as (
    select j.category, count(*) as judged from judged j group by j.category
), run as materialized (
    select e.* from evaluation_run e
    where e.mode = 'hybrid' and e.metrics #>> '{all,mrr}' is not null
        and e.model = (select m.name from model_version m where m.status = 'active')
    order by e.run_id desc limit 1
), measured as (
    select j.category, avg((r.metrics ->> 'mrr')::float8) as mrr, (run.metrics #>> '{all,mrr}')::float8 as of_all
    from run
    join evaluation_result r on r.run_id = run.run_id and r.metrics <> '{}'
    join judged j on j.query_set = run.query_set and j.query_key = r.query_key
    group by j.category, run.metrics #>> '{all,mrr}'
)
select c.category, coalesce(a.searches, 0) as searches, a.miss_rate, m.mrr, coalesce(k.judged, 0) as judged,
       greatest(30 - coalesce(k.judged, 0), 0) as wanted,
       case when a.searches >= 20 and a.miss_rate >= setting_number('drift.miss_rate_soft')
           then format('%s %% of %s searches found nothing', round(100 * a.miss_rate::numeric), a.searches)
            else format('MRR %s, of all %s', round(m.mrr::numeric, 2), round(m.of_all::numeric, 2)) end as reason
from (select a.category from asked a union select m.category from measured m) c
left join asked a on a.category = c.category
left join measured m on m.category = c.category
left join counted k on k.category = c.category
where a.searches >= 20 and a.miss_rate >= setting_number('drift.miss_rate_soft')
    or m.mrr <= m.of_all - setting_number('drift.mrr_hard')
order by c.category;
comment on view weak_category is
'Classes of query that search answers badly, and how many more of them should be judged.';
