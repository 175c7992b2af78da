-- Keeps an alert for each thing whose state is not the one last told: measures of drift, the recall of the active
-- model's vector index, and jobs given up. The state last told is that of the newest alert, posted or not; what was
-- never told was ok. A measure of too few says nothing. Tells listeners of codesearch_alerts without a word of what:
-- anybody may listen.
create or replace function raise_alerts() returns int
language plpgsql volatile
set search_path from current
as $$
declare
    raised int;
begin
    insert into alert (subject, state, previous_state, text, details)
    select n.subject, n.state, coalesce(t.state, 'ok'),
        format('%s is %s%s: %s', n.subject, n.state, case when n.state = 'ok' then ' again' else '' end, n.words),
            n.details
    from (select concat_ws(' ', replace(d.measure, '_', ' '), nullif(d.subject, '')) as subject, d.state,
                 format('%s (soft %s %s, hard %s %s%s; %s %s; model %s)', round(d.value::numeric, 3),
                        case when drift_rises(d.measure) then 'from' else 'below' end, round(d.threshold::numeric, 3),
                        case when drift_rises(d.measure) then 'from'
                            else 'below' end, round(d.hard_threshold::numeric, 3),
                        '; baseline ' || round(d.baseline::numeric, 3), d.sample_count,
                        case d.measure when 'mrr' then 'judged queries' when 'neighbour_similarity' then 'texts'
                            when 'asked_distance' then 'queries'
                            else 'searches' end, d.model) as words,
                 to_jsonb(d) as details
          from drift_status d where d.state <> 'too few'
          union all
          select 'vector recall', case when v.recall < setting_number('maintenance.min_recall') then 'soft'
              else 'ok' end, format('%s (model %s)', round(v.recall::numeric, 3), m.name),
                 to_jsonb(v)
          from model_version m
          cross join lateral (select r.* from vector_recall r
              where r.model_version_id = m.model_version_id order by r.measured_at desc limit 1) v
          where m.status = 'active'
          union all
          select 'failed jobs', case when j.failed > 0 then 'soft'
              else 'ok' end, format('%s in codesearch.failed_jobs', j.failed), to_jsonb(j)
          from (select count(*) as failed from index_job i where i.state = 'failed') j) n
    left join lateral (select a.state from alert a where a.subject = n.subject order by a.alert_id desc limit 1) t
        on true
    where n.state <> coalesce(t.state, 'ok')
    order by n.subject;
    get diagnostics raised = row_count;
    if raised > 0 then
        perform pg_notify('codesearch_alerts', '');
    end if;
    return raised;
end
$$;
comment on function raise_alerts() is 'Keeps an alert for each thing whose state is not the one last told; how many.';
revoke all on function raise_alerts() from public;
