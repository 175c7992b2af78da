-- Queries of the log that nobody has judged, to be judged: each question once (like_queries), those asked most often
-- first, classes taking turns, so that what is asked seldom is measured too. results is what the newest search of each
-- showed, as it stands in the index today. Refused where there are fewer than fewest: fewer measure nothing.
create or replace function draw_queries(
    most int default 100, fewest int default 30, only_repository text default null, category text default null
)
returns table (
    query_key text, query text, repository text, query_class text, searches bigint, results jsonb
)
language plpgsql stable rows 100
set search_path from current
as $$
#variable_conflict use_column
declare
    drawn text [];
begin
    drawn := array(
        select a.query
        from (select min(q.query) as query, count(*) as searches
              from query_log q
              where q.query is not null
                and (only_repository is null or q.filters ->> 'repository' = only_repository)
                and (draw_queries.category is null or q.query_class = draw_queries.category)
                and not exists (select from judged_query j
                                where normalised_query(j.query) = normalised_query(q.query))
              group by normalised_query(q.query)) a
        order by a.searches desc, a.query limit 5 * most);
    return query
    with leader as (
        select l.leader, normalised_query(drawn[l.place]) as wording
        from like_queries(drawn, resolve_model(null)) l
    ), newest as (
        select l.leader, q.*, count(*) over (partition by l.leader) as searches,
               row_number() over (partition by l.leader order by q.query_id desc) as age
        from leader l join query_log q on normalised_query(q.query) = l.wording
        where only_repository is null or q.filters ->> 'repository' = only_repository
    ), in_turn as (
        select n.*, row_number() over (partition by n.query_class order by n.searches desc, n.leader) as turn
        from newest n where n.age = 1
    )
    select 'log-' || t.query_id, t.query, t.filters ->> 'repository', t.query_class, t.searches,
        (select coalesce(jsonb_agg(jsonb_build_object('rank', r.rank, 'chunk_id', c.chunk_id, 'path', v.path,
                    'start_line', c.start_line, 'end_line', c.end_line, 'symbol', c.symbol) order by r.rank), '[]')
         from query_results r
         join chunk c on c.chunk_id = r.chunk_id and c.repository_id = r.repository_id
         join file_version v on v.version_id = c.version_id
         where r.query_id = t.query_id)
    from in_turn t order by t.turn, t.query_class, t.leader limit most;
    get diagnostics most = row_count;
    if most < fewest then
        raise exception using errcode = 'CS001',
            message = format('%s questions of the log are not judged yet, %s are the least', most, fewest),
            hint = 'wait until more is asked, or ask for fewer';
    end if;
end
$$;
comment on function draw_queries(int, int, text, text) is
'Queries of the log that nobody has judged, each question once, classes taking turns, with what was shown.';
