-- What only one of two evaluation runs found: places to which one gave a confidence above sure, and the other, of
-- another model or ranker, one below unsure, or none at all. grade is what the place was judged, null where nobody did:
-- a find, or an error that only one makes. Nothing where a run has no confidences.
create or replace function found_by_one(
    one bigint, other bigint, sure float8 default 0.5, unsure float8 default 0.3
)
returns table (
    found_by bigint, model text, query_key text, query text, repository text, path text, start_line int, end_line int,
    symbol text, confidence float8, other_confidence float8, grade int
)
language sql stable rows 20
set search_path from current
as $$
    with hit as materialized (
        select e.run_id, e.query_key, e.repository, h.path, h.start_line, h.end_line, h.symbol, h.confidence
        from evaluation_result e
        cross join lateral jsonb_to_recordset(e.results)
            as h(path text, start_line int, end_line int, symbol text, confidence float8)
        where e.run_id in (one, other) and h.confidence is not null
    )
    select h.run_id, r.model, h.query_key, q.query, h.repository, h.path, h.start_line, h.end_line, h.symbol,
           h.confidence, o.confidence, j.grade
    from hit h
    join evaluation_run r on r.run_id = h.run_id
    left join hit o on o.run_id = case when h.run_id = one then other else one end and o.query_key = h.query_key
        and (o.path, o.start_line, o.end_line) = (h.path, h.start_line, h.end_line)
    left join judged_query q on q.query_set = r.query_set and q.query_key = h.query_key
    left join lateral (select max(j.grade) as grade from judgment j
                       where j.query_set = r.query_set and j.query_key = h.query_key and j.path = h.path
                         and j.start_line <= h.end_line and j.end_line >= h.start_line) j on true
    where h.confidence > sure and coalesce(o.confidence, 0) < unsure
      -- Both were asked, and both say how sure they are.
      and (select count(distinct b.run_id) from hit b) = 2
      and exists (select from evaluation_result a where a.query_key = h.query_key
                  and a.run_id = case when h.run_id = one then other else one end)
    order by h.run_id, h.confidence - coalesce(o.confidence, 0) desc, h.query_key
$$;
comment on function found_by_one(bigint, bigint, float8, float8) is
'What only one of two evaluation runs found: sure of it, where the other is not.';
