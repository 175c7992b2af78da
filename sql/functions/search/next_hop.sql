-- One hop: the chunks that some places are linked to, with those of other, each by its likeliest way and none of those
-- that were seen. A place's mass is shared among its links by their weight and how sure they are, as in a random walk;
-- what several places lead to has the mass of all.
create or replace function next_hop(
    sources hop_place [], other hop_place [], seen bigint [], scope search_scope, most int
)
returns hop_place []
language sql stable
set search_path from current
as $$
    with link as (
        select distinct on (l.via, l.chunk_id) l.via, l.chunk_id, l.relation, l.written_at,
               (link_weights() ->> l.relation)::float8 * l.confidence as weight
        from linked_chunks(array(select s.chunk_id from unnest(sources) s), scope) l
        where l.confidence > 0
        order by l.via, l.chunk_id, weight desc, l.written_at
    ), step as (
        select l.chunk_id, s.hop + 1 as hop, l.via, l.relation, l.written_at as detail,
               s.mass * l.weight / sum(l.weight) over (partition by l.via) as mass
        from link l join unnest(sources) s on s.chunk_id = l.via
        union all
        select o.chunk_id, o.hop, o.via, o.relation, o.detail, o.mass from unnest(other) o
    ), place as (
        select s.*, sum(s.mass) over (partition by s.chunk_id) as whole,
               row_number() over (partition by s.chunk_id order by s.mass desc, s.via) as number
        from step s where s.chunk_id <> all(seen)
    )
    select coalesce(array_agg(row(p.chunk_id, p.hop, p.via, p.relation, p.detail, p.whole, null)::hop_place), '{}')
    from (select * from place where number = 1 order by whole desc, chunk_id limit most) p
$$;
comment on function next_hop(hop_place [], hop_place [], bigint [], search_scope, int) is
'One hop: the chunks that some places are linked to, each by its likeliest way.';
