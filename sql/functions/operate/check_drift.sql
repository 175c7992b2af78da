-- Measures whether the active model still fits what is asked and indexed, and whether other things are asked; raises an
-- alert where a state changed. Returns the newest row of each measure. new_baseline makes what is measured now the
-- baseline: after a change that was meant. Too few new texts leave the measure of the neighbours as it was, and are
-- counted again the next time.
create or replace function check_drift(new_baseline boolean default false)
returns table (
    measure text, subject text, state text, value float8, baseline float8, threshold float8, hard_threshold float8,
        sample_count int
)
language plpgsql volatile security definer rows 5
set search_path from current
as $$
#variable_conflict use_column
declare
    model int;
    s jsonb;
    earlier drift_measure;
    near record;
begin
    -- Two at once would both see the state from before, and both tell.
    perform hold_work_lock('drift');
    model := resolve_model(null);
    s := current_settings(model);
    select d.* into earlier from drift_measure d
    where d.model_version_id = model and d.measure = 'neighbour_similarity' and d.state <> 'too few'
    order by d.measured_at desc limit 1;
    if model is not null then
        select * into near
        from neighbour_drift(model, case when new_baseline then 0
            else coalesce((earlier.details ->> 'last_chunk')::bigint, 0) end);
        insert into drift_measure (model_version_id, measure, subject, value, baseline, threshold, hard_threshold,
            sample_count, state, details)
        select model, m.measure, m.subject, m.value, m.baseline, m.threshold, m.hard_threshold, m.sample_count,
               case when m.sample_count < greatest(m.least, 1) then 'too few'
                    else drift_state(m.measure, m.value, m.threshold, m.hard_threshold) end,
               m.details
        from (select d.measure, '' as subject, d.value, null::float8 as baseline,
            (s ->> ('drift.' || d.measure || '_soft'))::float8 as threshold,
                     (s ->> ('drift.' || d.measure || '_hard'))::float8 as hard_threshold, d.sample_count,
                     (s ->> 'drift.min_searches')::int as least, d.details
              from search_drift(model) d
              union all
              select 'neighbour_similarity', '', near.value, b.baseline,
                  b.baseline - (s ->> 'drift.neighbour_similarity_soft')::float8,
                     b.baseline - (s ->> 'drift.neighbour_similarity_hard')::float8, near.sample_count,
                     (s ->> 'drift.min_texts')::int, jsonb_build_object('last_chunk', near.last_chunk)
              from (select coalesce(case when not new_baseline then earlier.baseline end, near.value, 1) as baseline) b
              where earlier.measure is null or near.sample_count >= (s ->> 'drift.min_texts')::int
              union all
              select 'mrr', e.query_set, e.value, e.baseline, e.baseline - (s ->> 'drift.mrr_soft')::float8,
                     e.baseline - (s ->> 'drift.mrr_hard')::float8, e.sample_count, (s ->> 'drift.min_judged')::int,
                         e.details
              from evaluation_drift(model, new_baseline) e
              union all
              select a.measure, '', a.value, a.baseline,
                  coalesce(a.baseline, 0) + (s ->> ('drift.' || a.measure || '_soft'))::float8,
                     coalesce(a.baseline, 0) + (s ->> ('drift.' || a.measure || '_hard'))::float8, a.sample_count,
                     (s ->> case a.measure when 'asked_distance' then 'drift.min_texts'
                         else 'drift.min_searches' end)::int, a.details
              from asked_drift(model, new_baseline) a) m;
    end if;
    perform raise_alerts();
    return query
    select d.measure, d.subject, d.state, d.value, d.baseline, d.threshold, d.hard_threshold, d.sample_count
        from drift_status d;
end
$$;
comment on function check_drift(boolean) is
'Measures whether the active model still fits what is asked and indexed, keeps it in drift_measure, and raises alerts; '
'the newest row of each measure.';
revoke all on function check_drift(boolean) from public;
