-- Metrics of what is there: sizes, models, the ranker, recall, maintenance. No large table is counted.
create or replace function index_metrics() returns table (name text, labels jsonb, value float8)
language sql stable rows 60
set search_path from current
as $$
    with model as materialized (
        select m.*, to_regclass(embedding_table(m.model_version_id)) as vectors
        from model_version m where m.status in ('active', 'candidate')
    ), run as materialized (
        select l.started_at, count(*) filter (where not l.ok) as failed
        from maintenance_log l
        where l.started_at = (select n.started_at from maintenance_log n order by n.started_at desc limit 1)
        group by 1
    )
    select 'repositories', '{}'::jsonb, count(*)::float8 from repository
    union all
    select 'files', '{}', kept_rows('source_file')
    union all
    select 'chunks', '{}', coalesce(sum(l.chunk_count), 0)::float8 from lexical_statistic l where l.level = 0
    union all
    select 'texts', '{}', kept_rows('stored_text')
    union all
    select 'result_cache_entries', '{}', kept_rows('result_cache')
    union all
    select 'index_bytes', jsonb_build_object('part', p.part), sum(pg_total_relation_size(c.oid))::float8
    from pg_class c
    cross join lateral (select case
        when c.relname ~ '^embedding_' then 'vectors'
        when c.relname ~ '^(posting|lexical_)' then 'lexical'
        when c.relname in ('source_file', 'file_version', 'skipped_file') then 'files'
        when c.relname ~ '^(chunk|stored_text)' then 'chunks'
        when c.relname ~ '^(model_|query_t)' then 'models'
        when c.relname ~ '^(query_|feedback_|session_)' then 'log'
        when c.relname ~ '_cache$' or c.relname = 'index_change' then 'cache'
        else 'other' end as part) p
    where c.relnamespace = 'codesearch'::regnamespace and c.relkind = 'r'
    group by 2
    union all
    select 'vector_bytes', jsonb_build_object('model', m.name), pg_total_relation_size(m.vectors)::float8
    from model m where m.vectors is not null
    union all
    select 'model_info', jsonb_build_object('model', m.name, 'status', m.status, 'dimension', m.dimension::text,
               'encoder', coalesce(e.encoder, 'none')), 1
    from model m cross join lateral query_encoder(m.model_version_id) e
    union all
    select 'ranker_info', jsonb_build_object('ranker', coalesce((
        select r.name from ranker r
        where r.status = 'active' and coalesce(r.model_version_id, 0) in (0,
            (select m.model_version_id from model m where m.status = 'active'))
        order by r.model_version_id nulls last limit 1), 'shipped')), 1
    union all
    select 'vector_recall', jsonb_build_object('model', m.name), v.recall
    from model m cross join lateral (select r.recall from vector_recall r
        where r.model_version_id = m.model_version_id order by r.measured_at desc limit 1) v
    union all
    select 'vector_recall_minimum', '{}', setting_number('maintenance.min_recall')
    union all
    select 'alerts_waiting', '{}', count(*)::float8 from alert a where a.posted_at is null
    union all
    select m.name, '{}', coalesce(m.value, 0)
    from replica_lag() l
    cross join lateral (values ('replica_lag_seconds', l.seconds), ('replica_lag_bytes', l.bytes::float8)) m(name,
        value)
    union all
    select 'maintenance_timestamp_seconds', '{}', extract(epoch from r.started_at)::float8 from run r
    union all
    select 'maintenance_failed_steps', '{}', r.failed::float8 from run r
$$;
comment on function index_metrics() is 'Metrics of what is there: sizes, models, the ranker, recall, maintenance.';
revoke all on function index_metrics() from public;
