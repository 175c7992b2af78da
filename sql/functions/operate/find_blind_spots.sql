-- Questions that were asked and not answered: those whose newest search found nothing sure enough (unanswered), and
-- those that showed something of which nothing was ever used (unclicked; only of roles that say what they use). What
-- asks the same counts as one (like_queries), under its newest words. Newest first; most is how many texts are looked
-- at, those asked most often. Runs as the caller: under row-level security over the caller's own searches.
create or replace function find_blind_spots(
    since timestamptz default now() - interval '30 days', until timestamptz default 'infinity', most int default 500
)
returns table (
    query text, query_class text, repositories text [], searches bigint, unanswered bigint, unclicked bigint,
    confidence float8, asked_at timestamptz, wordings text []
)
language sql stable rows 100
set search_path from current
as $$
    with outcome as materialized (
        select o.*, bool_or(o.used) over (partition by o.asked_by) as tells
        from search_outcomes(find_blind_spots.since, find_blind_spots.until) o where o.query is not null
    ), asked as materialized (
        select (array_agg(o.query order by o.query_id desc))[1] as query,
               (array_agg(o.query_class order by o.query_id desc))[1] as query_class,
               array_agg(distinct o.repository) filter (where o.repository is not null) as repositories,
               count(*) as searches, count(*) filter (where o.missed) as unanswered,
               count(*) filter (where o.shown and not o.used and o.tells) as unclicked,
               sum(o.confidence) as confidences, count(o.confidence) as calibrated, max(o.asked_at) as asked_at
        from outcome o
        group by normalised_query(o.query)
        having (array_agg(o.missed order by o.query_id desc))[1]
            or not bool_or(o.used) and bool_or(o.shown and o.tells)
        order by count(*) desc, max(o.query_id) desc limit most
    ), numbered as materialized (
        select a.*, row_number() over (order by a.searches desc, a.asked_at desc, a.query) as place from asked a
    ), alike as (
        select l.place, l.leader
        from like_queries(array(select n.query from numbered n order by n.place), resolve_model(null)) l
    )
    select (array_agg(n.query order by n.asked_at desc))[1],
           (array_agg(n.query_class order by n.asked_at desc))[1],
           coalesce((select array_agg(distinct r order by r) from numbered o, unnest(o.repositories) r
                     where o.place = any(array_agg(n.place))), '{}'),
           sum(n.searches)::bigint, sum(n.unanswered)::bigint, sum(n.unclicked)::bigint,
           sum(n.confidences) / nullif(sum(n.calibrated), 0), max(n.asked_at),
           array_agg(n.query order by n.asked_at desc)
    from numbered n join alike a on a.place = n.place
    group by a.leader
    order by max(n.asked_at) desc, min(n.place)
$$;
comment on function find_blind_spots(timestamptz, timestamptz, int) is
'Questions that were asked and not answered, or answered with nothing that was used; what asks the same counts as one.';
