-- The candidates of a search with their features and where they are: what a ranker is fitted on. legs are those whose
-- weights would rank them, query_class the class.
create or replace function query_features(
    query text, repository text default null, mode text default 'hybrid', model text default null,
    query_embedding halfvec default null, context jsonb default null
)
returns table (
    legs text, query_class text, chunk_id bigint, version_id bigint, path text, start_line int, end_line int,
    features real []
)
language plpgsql stable rows 150
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    model_id int := resolve_model(model);
    settings jsonb := current_settings(model_id);
    asked query_parts := parse_query(query);
    scope search_scope := scope_of(query_features.repository);
    class_lines int := setting_number('search.class_lines');
    encoding query_encoding;
begin
    if query_embedding is null and mode <> 'lexical' then
        encoding := encode_query(query, model_id);
        query_embedding := encoding.embedding;
        settings := settings || coalesce(encoding.settings, '{}');
    end if;
    perform check_search(query, 10, mode, query_embedding, model_id);
    perform check_context(context);
    return query
    select r.legs, r.query_class, f.chunk_id, f.version_id, v.path, c.start_line,
           last_shown_line(c.kind, c.start_line, c.end_line, class_lines), f.features
    from candidate_features(asked, scope, '{"level": 0}', model_id, query_embedding, mode,
             (settings ->> 'search.candidates')::int, settings,
             read_context(context, scope)) f
    join chunk c on c.chunk_id = f.chunk_id and c.repository_id = f.repository_id
    join file_version v on v.version_id = f.version_id
    cross join ranked_as(asked, mode, query_embedding is not null) r
    order by f.chunk_id;
end
$$;
comment on function query_features(text, text, text, text, halfvec, jsonb) is
'The candidates of a search with their features and where they are.';
