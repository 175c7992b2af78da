-- The newest complete hybrid run of a model version on each set of judged queries, and the best earlier one of as many
-- queries and results. Runs before the one that check_drift(new_baseline => true) saw do not count.
create or replace function evaluation_drift(model_version_id int, new_baseline boolean default false)
returns table (query_set text, value float8, baseline float8, sample_count int, details jsonb)
language sql stable rows 4
set search_path from current
as $$
    with run as (
        select e.run_id, e.query_set, e.k, (e.metrics #>> '{all,mrr}')::float8 as mrr,
            (e.metrics #>> '{all,queries}')::int as queries
        from evaluation_run e
        join model_version m on m.name = e.model
        where m.model_version_id = evaluation_drift.model_version_id and e.mode = 'hybrid'
            and e.metrics #>> '{all,mrr}' is not null
    ), newest as (
        select distinct on (r.query_set) r.*,
               case when new_baseline then r.run_id else coalesce(
                   (select (d.details ->> 'since_run')::bigint from drift_measure d
                    where d.model_version_id = evaluation_drift.model_version_id and d.measure = 'mrr'
                        and d.subject = r.query_set
                    order by d.measured_at desc limit 1), 0) end as since_run
        from run r order by r.query_set, r.run_id desc
    )
    select n.query_set, n.mrr,
           coalesce((select max(r.mrr) from run r
                     where r.query_set = n.query_set and r.k = n.k and r.queries = n.queries and r.run_id < n.run_id
                         and r.run_id >= n.since_run),
                    n.mrr),
           n.queries, jsonb_build_object('run_id', n.run_id, 'k', n.k, 'since_run', n.since_run)
    from newest n
$$;
comment on function evaluation_drift(int, boolean) is
'MRR of a model version''s newest run on each set of judged queries, beside the best of the earlier ones that compare.';
revoke all on function evaluation_drift(int, boolean) from public;
