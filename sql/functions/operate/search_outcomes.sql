-- What became of logged searches, one row each: what was missed (nothing sure enough to be an answer, see is_answered;
-- null where neither confidence nor a score of the usual scale says it), what was used, and how. Runs as the caller,
-- who sees his own searches under row-level security.
create or replace function search_outcomes(since timestamptz, until timestamptz default 'infinity')
returns table (
    query_id bigint, asked_at timestamptz, asked_by name, query text, query_class text, repository text,
    shown boolean, missed boolean, used boolean, used_well boolean, confidence float8, top_score float8,
    latency_ms float8
)
language sql stable rows 10000
as $$
    select q.query_id, q.asked_at, q.asked_by, q.query, q.query_class, q.filters ->> 'repository', q.result_count > 0,
           case when q.confidence is not null or q.result_count = 0 or q.mode = any('{hybrid,rerank,adaptive}')
               then not codesearch.is_answered(q.confidence, q.result_count, q.top_score, s.confidence, s.score) end,
           coalesce(f.used, false),
           exists (select from codesearch.feedback_positive p where p.query_id = q.query_id),
           q.confidence, q.top_score, q.latency_ms
    from codesearch.query_log q
    cross join (select codesearch.setting_number('drift.miss_confidence') as confidence,
                       codesearch.setting_number('drift.miss_score') as score) s
    left join lateral (select bool_or(k.signal in ('click', 'dwell', 'copy', 'accept', 'edit')) as used
                       from codesearch.query_feedback k where k.query_id = q.query_id) f on true
    where q.asked_at >= search_outcomes.since and q.asked_at < search_outcomes.until
$$;
comment on function search_outcomes(timestamptz, timestamptz) is
'What became of logged searches: what was missed, what was used, and how.';
