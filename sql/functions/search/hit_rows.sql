-- The rows that show the hits of a search, in its order. repository is the one that was asked for, as it was written.
create or replace function hit_rows(hits hit [], repository text, settings jsonb) returns setof search_result
language plpgsql stable rows 10
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    class_lines int := settings ->> 'search.class_lines';
begin
    return query
    select h.rank, h.chunk_id, coalesce(hit_rows.repository, r.name), v.path, c.start_line,
           last_shown_line(c.kind, c.start_line, c.end_line, class_lines),
           c.kind, c.symbol, h.score, h.lexical_rank, h.vector_rank,
           snippet(c.content, c.start_line, h.focus_line, settings), null::bigint,
           (h.features ->> 'confidence')::float8
    from unnest(hits) h
    join chunk c on c.chunk_id = h.chunk_id and c.repository_id = h.repository_id
    join file_version v on v.version_id = c.version_id
    join repository r on r.repository_id = c.repository_id
    order by h.rank;
end
$$;
comment on function hit_rows(hit [], text, jsonb) is 'The rows that show the hits of a search.';
