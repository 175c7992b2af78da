-- How far two judges agree who graded the same places, each in a set of judged queries of his own: of all places and by
-- category. kappa is Cohen's, over the grades 0, 2 and 3: 1 is agreement, 0 what chance would give (1960);
-- kappa_relevant over the question whether a place belongs at all. Null where both gave one and the same grade to all.
create or replace function judge_agreement(one text, other text)
returns table (
    category text, queries bigint, places bigint, agreed float8, kappa float8, kappa_relevant float8
)
language sql stable rows 10
set search_path from current
as $$
    with pair as materialized (
        select q.category, a.query_key, g.scale,
               case g.scale when 'grade' then a.grade else (a.grade > 0)::int end as one,
               case g.scale when 'grade' then b.grade else (b.grade > 0)::int end as other
        from judgment a
        join judgment b on b.query_set = judge_agreement.other
            and (b.query_key, b.path, b.start_line, b.end_line) = (a.query_key, a.path, a.start_line, a.end_line)
        join judged_query q on q.query_set = a.query_set and q.query_key = a.query_key
        cross join unnest('{grade,relevant}'::text []) g(scale)
        where a.query_set = judge_agreement.one
    ), grouped as materialized (
        select coalesce(p.category, 'none') as category, p.query_key, p.scale, p.one, p.other from pair p
        union all
        select 'all', p.query_key, p.scale, p.one, p.other from pair p
    ), observed as (
        select g.category, g.scale, count(distinct g.query_key) as queries, count(*) as places,
               avg((g.one = g.other)::int)::float8 as agreed
        from grouped g group by g.category, g.scale
    ), expected as (
        select a.category, a.scale, sum(a.share * coalesce(b.share, 0)) as agreed
        from (select g.category, g.scale, g.one as grade,
                     count(*)::float8 / sum(count(*)) over (partition by g.category, g.scale) as share
              from grouped g group by g.category, g.scale, g.one) a
        left join (select g.category, g.scale, g.other as grade,
                          count(*)::float8 / sum(count(*)) over (partition by g.category, g.scale) as share
                   from grouped g group by g.category, g.scale, g.other) b
            on (b.category, b.scale, b.grade) = (a.category, a.scale, a.grade)
        group by a.category, a.scale
    ), measured as (
        select o.*, (o.agreed - e.agreed) / nullif(1 - e.agreed, 0) as kappa
        from observed o join expected e on (e.category, e.scale) = (o.category, o.scale)
    )
    select m.category, m.queries, m.places, m.agreed, m.kappa, r.kappa
    from measured m join measured r on r.category = m.category and r.scale = 'relevant'
    where m.scale = 'grade'
    order by m.category = 'all', m.category
$$;
comment on function judge_agreement(text, text) is
'How far two judges agree, each with a set of his own: Cohen''s kappa, of all places and by category.';
