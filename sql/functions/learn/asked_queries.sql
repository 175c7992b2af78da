-- Queries to measure a model's cosines with: judged ones first, because somebody chose them, then the newest that were
-- logged. Each once, drawn by its own hash, so that two models are asked the same.
create or replace function asked_queries(most int) returns setof text
language sql stable rows 200
set search_path from current
as $$
    select a.query
    from (select q.query, 1 as place from judged_query q
          union all
          select l.query, 2 from (select o.query from query_log o where o.query is not null
                                  order by o.query_id desc limit 5000) l) a
    group by a.query order by min(a.place), md5(a.query) limit most
$$;
comment on function asked_queries(int) is
'Judged queries, then the newest logged ones, each once: to measure cosines with.';
