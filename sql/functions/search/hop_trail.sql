-- The way to a place from the chunk that the question found: the chunks, and words for them, 'Runner.hook
-- (runner.js:475) calls createUnsupportedError (errors.js:237)'. Each step came from a place of an earlier hop.
create or replace function hop_trail(place hop_place, places hop_place [], out chunks bigint [], out trail text)
language sql stable
set search_path from current
as $$
    with recursive way as (
        select place.chunk_id, place.hop, place.via, place.relation, 0 as back
        union all
        select p.chunk_id, p.hop, p.via, p.relation, w.back + 1
        from way w join unnest(places) p on p.chunk_id = w.via and p.hop = w.hop - 1
    )
    select array_agg(w.chunk_id order by w.back desc),
           string_agg(coalesce(w.relation || ' ', '') || coalesce(nullif(c.symbol, ''), c.kind) || ' ('
               || v.path || ':' || c.start_line || ')', ' ' order by w.back desc)
    from way w
    join chunk c on c.chunk_id = w.chunk_id
    join file_version v on v.version_id = c.version_id
$$;
comment on function hop_trail(hop_place, hop_place []) is 'The way to a place from the chunk that the question found.';
