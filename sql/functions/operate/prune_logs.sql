-- Removes logged searches, maintenance steps, measures of recall, size and drift, alerts, and descriptions of code that
-- is gone, older than their retention settings. The newest measure of drift and alert of each kind stay: baseline and
-- state told are in them. A search that has feedback stays for feedback.retention_days where that is longer, and the
-- texts it showed with it. Returns how many rows went; rows that hang on a logged search are not counted.
create or replace function prune_logs() returns int
language plpgsql volatile
set search_path from current
as $$
declare
    query_days int := setting_number('log.retention_days');
    feedback_days int := setting_number('feedback.retention_days');
    own_days int := setting_number('maintenance.retention_days');
    removed int;
    total int := 0;
begin
    -- Counters of what went never fall.
    perform count_searches();
    delete from query_log q
    where query_days > 0 and q.asked_at < now() - query_days * interval '1 day'
      and ((feedback_days > 0 and q.asked_at < now() - feedback_days * interval '1 day')
           or not exists (select from query_feedback f where f.query_id = q.query_id)
               and not exists (select from session_opened o where o.query_id = q.query_id));
    get diagnostics total = row_count;
    delete from query_feedback f where feedback_days > 0 and f.given_at < now() - feedback_days * interval '1 day';
    get diagnostics removed = row_count;
    total := total + removed;
    -- A day's grace: the feedback that keeps a text may not be committed yet, or, of a chunk that went, not be given
    -- yet.
    delete from feedback_text t
    where t.kept_at < now() - interval '1 day'
      and not exists (select from query_results r join query_feedback f on f.query_id = r.query_id
          where r.content_hash = t.content_hash)
      and not exists (select from session_opened o where o.content_hash = t.content_hash)
      and not exists (select from query_results r join session_opened o on o.query_id = r.query_id
          where r.content_hash = t.content_hash);
    get diagnostics removed = row_count;
    total := total + removed;
    delete from maintenance_log m where own_days > 0 and m.started_at < now() - own_days * interval '1 day';
    get diagnostics removed = row_count;
    total := total + removed;
    delete from rerank_use u where own_days > 0 and u.used_on < now() - own_days * interval '1 day';
    get diagnostics removed = row_count;
    total := total + removed;
    -- What was said of code that is gone is worth its price for some time: it may come back, with a branch.
    delete from chunk_description d
    where own_days > 0 and d.described_at < now() - own_days * interval '1 day'
      and not exists (select from chunk c where c.repository_id = d.repository_id and c.content_hash = d.content_hash);
    get diagnostics removed = row_count;
    total := total + removed;
    delete from index_size s where own_days > 0 and s.measured_at < now() - own_days * interval '1 day';
    get diagnostics removed = row_count;
    total := total + removed;
    delete from vector_recall v where own_days > 0 and v.measured_at < now() - own_days * interval '1 day';
    get diagnostics removed = row_count;
    total := total + removed;
    -- The newest that measured something: one of too few has no baseline.
    delete from drift_measure d
    where own_days > 0 and d.measured_at < now() - own_days * interval '1 day'
      and exists (select from drift_measure n
                  where n.model_version_id = d.model_version_id and n.measure = d.measure and n.subject = d.subject
                    and n.measured_at > d.measured_at and (n.state <> 'too few' or d.state = 'too few'));
    get diagnostics removed = row_count;
    total := total + removed;
    delete from alert a
    where own_days > 0 and a.raised_at < now() - own_days * interval '1 day'
      and exists (select from alert n where n.subject = a.subject and n.alert_id > a.alert_id);
    get diagnostics removed = row_count;
    return total + removed;
end
$$;
comment on function prune_logs() is
'Removes logged searches, feedback and maintenance rows older than their retention settings.';
revoke all on function prune_logs() from public;
