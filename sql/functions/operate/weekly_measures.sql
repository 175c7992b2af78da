-- How search did in the seven days up to a moment, beside the seven before, one measure a row. better says which way is
-- good: up, down or neither (null). Searches are the caller's own under row-level security; what tells of the whole
-- database (drift, runs of judged queries, sizes, triplets) is for those who may read it, and left out for others.
create or replace function weekly_measures(until timestamptz default now())
returns table (
    place int, measure text, subject text, value float8, before float8, unit text, better text, details jsonb
)
language plpgsql stable rows 30
set search_path from current
as $$
#variable_conflict use_column
declare
    week constant interval := '7 days';
    since timestamptz := weekly_measures.until - week;
    earlier timestamptz := weekly_measures.until - 2 * week;
begin
    return query
    with period as materialized (
        select * from search_periods(earlier, week, 2)
    )
    select m.place, m.measure, '', m.value, m.before, m.unit, m.better, case m.measure
        when 'zero_click_rate' then jsonb_build_object('queries', (
            select coalesce(jsonb_agg(jsonb_build_object('query', z.query, 'searches', z.unclicked) order by z.number),
                '[]')
            from (select b.query, b.unclicked, row_number() over (order by b.unclicked desc, b.asked_at desc) as number
                  from find_blind_spots(since, weekly_measures.until) b where b.unclicked > 0) z
            where z.number <= 10)) else '{}' end
    from period n
    join period b on b.starts_at < n.starts_at
    cross join lateral (values
        (1, 'searches', n.searches::float8, b.searches::float8, 'count', null),
        (3, 'miss_rate', n.miss_rate, b.miss_rate, 'share', 'down'),
        (4, 'zero_click_rate', n.zero_click_rate, b.zero_click_rate, 'share', 'down'),
        (5, 'strong_signal_rate', n.strong_rate, b.strong_rate, 'share', 'up'),
        (6, 'confidence', n.confidence, b.confidence, 'share', 'up'),
        (7, 'top_score', n.top_score, b.top_score, 'number', null),
        (9, 'latency_p50', n.latency_p50, b.latency_p50, 'ms', 'down'),
        (10, 'latency_p95', n.latency_p95, b.latency_p95, 'ms', 'down')
    ) m(place, measure, value, before, unit, better);
    return query
    select 11, 'changed_files', '', count(*) filter (where v.indexed_at >= since)::float8,
        count(*) filter (where v.indexed_at < since)::float8, 'count', null, '{}'::jsonb
    from file_version v
    where v.indexed_at >= earlier and v.indexed_at < weekly_measures.until
        and exists (select from source_file f where f.version_id = v.version_id);
    if not has_table_privilege('codesearch.drift_measure', 'select') then
        return;
    end if;
    return query
    select 2, 'mrr', r.query_set, r.mrr[1], r.mrr[2], 'number', 'up',
        jsonb_build_object('k', r.k, 'run', r.runs[1], 'before', r.runs[2])
    from (select e.query_set, e.k,
                 array[(array_agg((e.metrics #>> '{all,mrr}')::float8 order by e.run_id desc)
                           filter (where e.started_at >= since))[1],
                       (array_agg((e.metrics #>> '{all,mrr}')::float8 order by e.run_id desc)
                           filter (where e.started_at < since))[1]] as mrr,
                 array[max(e.run_id) filter (where e.started_at >= since),
                       max(e.run_id) filter (where e.started_at < since)] as runs
          from evaluation_run e
          where e.metrics is not null and e.mode = 'hybrid' and e.k = 10 and e.started_at >= earlier
            and e.started_at < weekly_measures.until
            -- As search answers: what was tried with another model says nothing of it.
            and e.model = (select m.name from model_version m where m.status = 'active')
          group by e.query_set, e.k) r;
    return query
    select 8, 'drift', concat_ws(' ', d.measure, nullif(d.subject, '')), d.series[1], d.series[2], 'number',
        case when drift_rises(d.measure) then 'down' else 'up' end,
        jsonb_build_object('state', d.states[1], 'before', d.states[2])
    from (select m.measure, m.subject,
                 array[(array_agg(m.value order by m.measured_at desc) filter (where m.measured_at >= since))[1],
                       (array_agg(m.value order by m.measured_at desc) filter (where m.measured_at < since))[1]]
                     as series,
                 array[(array_agg(m.state order by m.measured_at desc) filter (where m.measured_at >= since))[1],
                       (array_agg(m.state order by m.measured_at desc) filter (where m.measured_at < since))[1]]
                     as states
          from drift_measure m
          where m.measured_at >= earlier and m.measured_at < weekly_measures.until and m.state <> 'too few'
            and m.model_version_id = resolve_model(null) and m.measure <> 'mrr'
          group by m.measure, m.subject) d;
    return query
    select 12, s.measure, '', s.value, s.before, s.unit, null, '{}'::jsonb
    from (select (select i from index_size i where i.measured_at < weekly_measures.until
                  order by i.measured_at desc limit 1) as now,
                 (select i from index_size i where i.measured_at < since order by i.measured_at desc limit 1) as before
         ) i
    cross join lateral (values
        ('files', (i.now).files::float8, (i.before).files::float8, 'count'),
        ('index_bytes', (i.now).bytes::float8, (i.before).bytes::float8, 'bytes')) s(measure, value, before, unit);
    return query
    select 13, 'triplets', '', count(*) filter (where t.given_at >= since)::float8,
        count(*) filter (where t.given_at < since)::float8, 'count', 'up',
        jsonb_build_object('total', count(*))
    from triplet t where t.given_at < weekly_measures.until;
end
$$;
comment on function weekly_measures(timestamptz) is
'How search did in the seven days up to a moment, beside the seven before, one measure a row.';
