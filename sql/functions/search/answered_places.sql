-- Lines of code as rows of ask(): one for each chunk and what it does with the subject, in the order given.
create or replace function answered_places(places code_place [], intent text, role text, subject text)
returns setof answered_place
language sql stable rows 20
set search_path from current
as $$
    select (row_number() over (order by min(p.place)))::int, answered_places.intent, p.repository, p.path, c.start_line,
           c.end_line, p.chunk_id, r.role, min(p.symbol), (array_agg(p.text order by p.place)) [1],
           coalesce(array_agg(distinct p.line order by p.line) filter (where p.line is not null), '{}'),
           reference_verb(r.role) || ' ' || subject, max(p.confidence), null::bigint
    from unnest(places) with ordinality
        as p(repository, path, line, chunk_id, kind, symbol, text, confidence, place)
    join chunk c on c.chunk_id = p.chunk_id
    cross join lateral (select coalesce(answered_places.role, p.kind) as role) r
    group by p.repository, p.path, p.chunk_id, c.start_line, c.end_line, r.role
    order by 1
$$;
comment on function answered_places(code_place [], text, text, text) is 'Lines of code as rows of ask().';
