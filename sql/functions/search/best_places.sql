-- The best of the places that search_hops came to, each chunk once, by its best way.
create or replace function best_places(places hop_place [], most int) returns hop_place []
language sql immutable
set search_path from current
as $$
    select coalesce(array_agg(row(b.*)::hop_place order by b.score desc, b.chunk_id), '{}')
    from (select o.*
          from (select distinct on (p.chunk_id) p.* from unnest(places) p order by p.chunk_id, p.score desc, p.hop) o
          order by o.score desc, o.chunk_id limit most) b
$$;
comment on function best_places(hop_place [], int) is
'The best of the places that search_hops came to, each chunk once, by its best way.';
