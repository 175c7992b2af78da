-- Metrics of what is owed. Reads the oldest 100,000 jobs at most. Vectors of a model that does not answer yet are no
-- lag: nobody misses them.
create or replace function queue_metrics() returns table (name text, labels jsonb, value float8)
language sql stable rows 100
set search_path from current
as $$
    with owed as materialized (
        select j.stage, j.state = 'failed' as failed, j.repository_id, j.model_version_id, count(*) as jobs,
               min(j.created_at) as since,
               j.state <> 'failed' and (j.stage = 'chunk' or j.model_version_id
                   = (select m.model_version_id from model_version m where m.status = 'active')) as hidden
        from (select i.* from index_job i order by i.job_id limit 100000) j group by 1, 2, 3, 4, 7
    ), stage as materialized (
        select s.stage, coalesce(sum(o.jobs) filter (where not o.failed), 0) as depth,
               coalesce(sum(o.jobs) filter (where o.failed), 0) as failed,
               extract(epoch from clock_timestamp() - min(o.since) filter (where not o.failed)) as age
        from (values ('chunk'), ('embed')) s(stage) left join owed o on o.stage = s.stage group by 1
    ), shown as materialized (
        select r.repository_id, jsonb_build_object('repository', r.name) as label
        from repository r order by r.repository_id limit 100
    )
    select m.name, jsonb_build_object('stage', s.stage), greatest(m.value, 0)
    from stage s cross join lateral (values ('queue_depth', s.depth::float8), ('failed_jobs', s.failed::float8),
        ('queue_age_seconds', coalesce(s.age, 0)::float8)) m(name, value)
    union all
    select 'freshness_lag_seconds', '{}',
           coalesce(extract(epoch from clock_timestamp() - min(o.since)), 0)::float8
    from owed o where o.hidden
    union all
    select 'repository_freshness_lag_seconds', s.label,
           coalesce(extract(epoch from clock_timestamp() - w.since), 0)::float8
    from shown s left join (select o.repository_id, min(o.since) as since from owed o where o.hidden group by 1) w
        using (repository_id)
    union all
    select 'repository_indexed_timestamp_seconds', s.label, extract(epoch from b.indexed_at)::float8
    from shown s join branch b on b.repository_id = s.repository_id and b.is_default
    where b.indexed_at is not null
    union all
    select 'vector_coverage', jsonb_build_object('model', m.name),
           case when m.status = 'active' and not exists (select from owed o
                    where o.model_version_id = m.model_version_id) then 1
                else least(1, coalesce(kept_rows(to_regclass(embedding_table(m.model_version_id)))
                    / nullif(kept_rows('stored_text'), 0), 1))
           end
    from model_version m where m.status in ('active', 'candidate')
    union all
    select 'workers', '{}', count(distinct a.application_name)::float8
    from pg_stat_activity a
    where a.application_name like 'pgcodesearch worker %' and a.datname = current_database()
$$;
comment on function queue_metrics() is 'Metrics of what is owed: queue, dead letters, lag, coverage, workers.';
revoke all on function queue_metrics() from public;
