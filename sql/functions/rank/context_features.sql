-- What the caller's context says of candidates, in the order of the first of feature_names. No row without a context.
create or replace function context_features(
    around caller_context, scope search_scope, candidates bigint [], model_version_id int, settings jsonb
)
returns table (chunk_id bigint, features real [])
language plpgsql stable rows 150
set search_path from current
as $$
#variable_conflict use_column
declare
    average float8 := (settings ->> 'vector.mean')::float8;
    spread float8 := (settings ->> 'vector.deviation')::float8;
    seen bigint [];
begin
    if around is null then
        return;
    end if;
    seen := around.current || around.recent;
    return query
    with candidate as materialized (
        select c.chunk_id, c.version_id, c.slot,
            (select m.chunk_id from chunk m where m.version_id = c.version_id and m.level = 1 limit 1) as module_id
        from chunk c where c.chunk_id = any(candidates)
    ), alike as materialized (
        select a.chunk_id, (1 - a.whole - average) / spread as score
        from vector_distances(case when seen <> '{}' then model_version_id end, seen_vector(seen, model_version_id),
            array(select distinct module_id from candidate where version_id <> all(seen))) a
    )
    select c.chunk_id, array[
        (c.version_id = any(around.current))::int,
        (c.version_id = any(around.recent))::int,
        coalesce(r.same_folder, 0), coalesce(r.named_alike, 0), coalesce(r.test_of, 0), coalesce(r.test_too, 0),
        coalesce(r.imports, 0), coalesce(r.called, 0), coalesce(r.calls, 0),
        coalesce(a.score, 0),
        coalesce(t.lexical, 0), coalesce(t.vector, 0), coalesce(q.lexical, 0)
    ]::real []
    from candidate c
    left join context_relations(seen, array(select distinct version_id from candidate)) r
        on r.version_id = c.version_id
    left join alike a on a.chunk_id = c.module_id
    left join text_scores(around.task, scope, candidates, model_version_id, settings) t on t.chunk_id = c.chunk_id
    left join text_scores(around.queries, scope, candidates, null, settings) q on q.chunk_id = c.chunk_id;
end
$$;
comment on function context_features(caller_context, search_scope, bigint [], int, jsonb) is
'What the caller''s context says of candidates, in the order of the first of feature_names.';
