-- The answer to a question that takes several steps, in one call: what the question finds, and what that leads to by
-- the code graph or by a search for the rest of the question, best first. Runs as the caller: row-level security holds
-- at each hop. No row comes twice, and no chunk is gone on from twice, so that circles end. stopped says why it went no
-- further: 'answered' (the best way has every word of the question), 'nothing new', 'nothing better' (a hop gave none
-- of the best k), or the budget: 'hops', 'chunks', 'time', looked at between hops. Scores compare within one answer.
create or replace function search_hops(
    query text, hops int default 2, k int default 10, repository text default null, model text default null,
    context jsonb default null, query_embedding halfvec default null, max_chunks int default 500,
    milliseconds int default 2000, log boolean default true
)
returns setof hop_result
language plpgsql volatile rows 10
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    started timestamptz := clock_timestamp();
    model_id int := resolve_model(search_hops.model);
    settings jsonb := current_settings(model_id);
    class_lines int := settings ->> 'search.class_lines';
    hits hit [];
    found_places record;
    logged bigint;
begin
    perform check_hops(hops, max_chunks, milliseconds);
    -- As many as are gone on from, at least.
    hits := search_hits(query, greatest(k, 10), search_hops.repository, null, null, null, 'hybrid', model_id, context,
        query_embedding, null);
    found_places := find_hops(query, hits, hops, k, search_hops.repository, model_id, max_chunks,
        started + make_interval(secs => milliseconds / 1000.0));
    if log then
        -- With the scores of the search that it begins with: those of all that is logged are compared.
        logged := log_query(query, k, search_hops.repository, null, null, null, 'hybrid', model_id,
            array(select row(b.place, c.chunk_id, c.repository_id, c.content_hash,
                      hits [1].score + b.score - found_places.best [1].score, null, null, null,
                      hits [1].features)::hit
                  from unnest(found_places.best) with ordinality
                      as b(chunk_id, hop, via, relation, detail, mass, score, place)
                  join chunk c on c.chunk_id = b.chunk_id order by b.place), started);
    end if;
    return query
    select b.place::int, c.chunk_id, coalesce(search_hops.repository, r.name), v.path, c.start_line,
           last_shown_line(c.kind, c.start_line, c.end_line, class_lines), c.kind, c.symbol, b.score, b.hop, b.via,
           t.trail, coalesce(b.relation || ' it: ' || b.detail, 'found by the question'), found_places.stopped,
           snippet(c.content, c.start_line, null, settings), logged
    from unnest(found_places.best) with ordinality as b(chunk_id, hop, via, relation, detail, mass, score, place)
    join chunk c on c.chunk_id = b.chunk_id
    join file_version v on v.version_id = c.version_id
    join repository r on r.repository_id = c.repository_id
    cross join lateral hop_trail(row(b.chunk_id, b.hop, b.via, b.relation, b.detail, b.mass, b.score)::hop_place,
        found_places.places) t
    order by b.place;
end
$$;
comment on function search_hops(text, int, int, text, text, jsonb, halfvec, int, int, boolean) is
'The answer to a question that takes several steps: what it finds, and what that leads to by the code graph.';
