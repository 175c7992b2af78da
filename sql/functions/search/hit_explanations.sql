-- Why the hits of a search are where they are: the query's class and terms, the terms the chunk has, each leg's rank,
-- and what every feature counted (feature times weight; shares add up to score), with the features themselves as
-- measures.
create or replace function hit_explanations(hits hit [], terms text [], settings jsonb)
returns setof search_explanation
language plpgsql stable rows 10
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    names text [] := feature_names();
begin
    return query
    select h.rank, h.chunk_id, v.path, c.start_line, c.symbol, h.score, h.features ->> 'query_class',
           array(select t from unnest(terms) t where t = any(tsvector_to_array(c.lexemes)) order by t),
           array(select t from unnest(terms) t where t <> all(tsvector_to_array(c.lexemes)) order by t),
           h.lexical_rank, h.vector_rank, e.shares, e.measures,
           highlight(snippet(c.content, c.start_line, null, settings), terms),
           h.features ->> 'encoder', (h.features ->> 'confidence')::float8
    from unnest(hits) h
    join chunk c on c.chunk_id = h.chunk_id and c.repository_id = h.repository_id
    join file_version v on v.version_id = c.version_id
    cross join lateral (
        select jsonb_object_agg(f.name, round(f.share::numeric, 4)) filter (where f.share <> 0) as shares,
               jsonb_object_agg(f.name, round(f.measure::numeric, 4)) filter (where f.measure <> 0) as measures
        from (select n.name, x.value::float8 as measure, x.value::float8 * w.value::float8 as share
              from unnest(names) with ordinality as n(name, place)
              join jsonb_array_elements_text(h.features -> 'features') with ordinality as x(value, place) using (place)
              join jsonb_array_elements_text(h.features -> 'weights') with ordinality as w(value, place) using (place)
              union all
              select 'repeated', null, (h.features ->> 'repeated')::float8) f) e
    order by h.rank;
end
$$;
comment on function hit_explanations(hit [], text [], jsonb) is 'Why the hits of a search are where they are.';
