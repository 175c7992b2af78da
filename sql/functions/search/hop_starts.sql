-- Hits as places to go on from: mass is how likely each is where the question begins, exp(score / 0.3) shared out, so
-- that a hit counts which is nearly as good as the best, and none that is far behind.
create or replace function hop_starts(hits hit [], most int) returns hop_place []
language sql immutable
set search_path from current
as $$
    select coalesce(array_agg(row(h.chunk_id, 0, null, null, null, h.share / h.total, null)::hop_place
        order by h.rank), '{}')
    from (select e.*, sum(e.share) over () as total
          from (select u.chunk_id, u.rank, exp((u.score - hits [1].score) / 0.3) as share
                from unnest(hits) u where u.rank <= most) e) h
$$;
comment on function hop_starts(hit [], int) is 'Hits as places to go on from, with how likely each is the beginning.';
