-- The hits of a search with what tells whether they are right: what a calibration is fitted on. legs are those whose
-- calibration would tell, query_class the class.
create or replace function answer_inputs(
    query text, k int default 20, repository text default null, mode text default 'hybrid', model text default null,
    query_embedding halfvec default null
)
returns table (
    legs text, query_class text, rank int, path text, start_line int, end_line int, inputs vector
)
language plpgsql stable rows 20
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    asked query_parts := parse_query(query);
    class_lines int := setting_number('search.class_lines');
    hits hit [] := search_hits(query, k, answer_inputs.repository, null, null, null, mode, resolve_model(model),
        '{"explain": true}', query_embedding, null);
begin
    return query
    select r.legs, r.query_class, h.rank, v.path, c.start_line,
           last_shown_line(c.kind, c.start_line, c.end_line, class_lines), i.inputs
    from unnest(hits) h
    join chunk c on c.chunk_id = h.chunk_id and c.repository_id = h.repository_id
    join file_version v on v.version_id = c.version_id
    join confidence_inputs(asked, array(select o.score from unnest(hits) o order by o.rank),
        array(select (o.features ->> 'features')::vector from unnest(hits) o order by o.rank)) i on i.place = h.rank
    cross join ranked_as(asked, mode, hits [1].features ->> 'encoder' is not null) r
    order by h.rank;
end
$$;
comment on function answer_inputs(text, int, text, text, text, halfvec) is
'The hits of a search with what tells whether they are right.';
