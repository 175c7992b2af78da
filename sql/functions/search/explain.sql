-- Why each row is where it is (hit_explanations), for a search that is asked so.
create or replace function explain(
    query text, k int default 10, repository text default null, path text default null, language text default null,
    kind text default null, mode text default 'hybrid', model text default null, context jsonb default null,
    query_embedding halfvec default null, min_score float8 default null, log boolean default false,
    per_file int default null, min_confidence float8 default null
)
returns setof search_explanation
language plpgsql stable rows 10
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    model_id int := resolve_model(model);
begin
    return query
    select e.* from hit_explanations(
        search_hits(query, k, explain.repository, explain.path, explain.language, explain.kind, mode, model_id,
            coalesce(context, '{}') || '{"explain": true}', query_embedding, min_score, per_file, min_confidence),
        query_terms(coalesce(query, '')), current_settings(model_id)) e;
end
$$;
comment on function explain(
    text, int, text, text, text, text, text, text, jsonb, halfvec, float8, boolean, int, float8
) is 'Why each row of a search is where it is.';
