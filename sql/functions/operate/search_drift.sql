-- Of the newest logged searches of a model version in modes hybrid, rerank and adaptive: how many had a result that is
-- as sure as right answers are, and how many missed, that is had nothing surer than what questions without an answer
-- get. Where the ranker was not calibrated scores tell instead of confidences; then a search that fell back to the
-- lexical leg, with scores of another scale, doesn't count. Reads ten times the window at most. Each role has the same
-- share of the window, and of several the middle one counts, the better of two: one who asks a thousand times for what
-- there is not says nothing of the model.
create or replace function search_drift(model_version_id int)
returns table (measure text, value float8, sample_count int, details jsonb)
language sql stable rows 2
set search_path from current
as $$
    with setting as materialized (
        select (s ->> 'drift.pass_score')::float8 as pass_score, (s ->> 'drift.miss_score')::float8 as miss_score,
               (s ->> 'drift.pass_confidence')::float8 as pass_confidence,
               (s ->> 'drift.miss_confidence')::float8 as miss_confidence,
               (s ->> 'drift.searches')::int as wanted
        from current_settings(search_drift.model_version_id) s
    ), asked as materialized (
        select n.asked_by, n.confidence, n.result_count, n.top_score,
            row_number() over (partition by n.asked_by order by n.query_id desc) as age
        from (select q.* from query_log q order by q.query_id desc limit (select 10 * wanted from setting)) n
        where n.mode in ('hybrid', 'rerank', 'adaptive') and n.model_version_id = search_drift.model_version_id
          -- A scalar subquery: one look-up a search, where exists could become a scan of all results.
          and (n.confidence is not null or n.result_count = 0 or (select true from query_results r
              where r.query_id = n.query_id and r.vector_rank is not null limit 1))
    ), asking as materialized (
        select a.asked_by, count(*) as searches,
               avg(is_answered(a.confidence, a.result_count, a.top_score, s.pass_confidence, s.pass_score)::int)::float8
                   as passed,
               avg((not is_answered(a.confidence, a.result_count, a.top_score, s.miss_confidence,
                   s.miss_score))::int)::float8 as missed,
               count(a.confidence) as calibrated
        from asked a cross join setting s
        where a.age <= ceil(s.wanted::float8 / (select count(distinct x.asked_by) from asked x))
        group by a.asked_by
    ), counted as (
        select coalesce(sum(a.searches), 0)::int as searches, coalesce(sum(a.calibrated), 0)::int as calibrated,
            percentile_disc(0.5) within group (order by a.passed desc) as passed,
               percentile_disc(0.5) within group (order by a.missed) as missed
        from asking a
    )
    select 'pass_rate', c.passed, c.searches, jsonb_build_object('pass_score', s.pass_score,
               'pass_confidence', s.pass_confidence, 'by_confidence', c.calibrated)
    from counted c cross
        join setting s
    union all
    select 'miss_rate', c.missed, c.searches, jsonb_build_object('miss_score', s.miss_score,
               'miss_confidence', s.miss_confidence, 'by_confidence', c.calibrated)
    from counted c cross
        join setting s
$$;
comment on function search_drift(int) is
'Pass rate and miss rate of the newest logged searches of a model version in modes hybrid, rerank and adaptive.';
revoke all on function search_drift(int) from public;
