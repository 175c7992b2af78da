-- A search by several model versions at once: each one's hybrid answer, fused by the weighted mean of their scores,
-- which are on one scale, since a ranker weighs standardised features. What a model did not find counts for it as the
-- last that it found. models: {"name": weight}; without it the active one, or for a query that is code the one whose
-- configuration says {"suits": "code"}. query_embeddings: {"name": [...]}, for models without a query table.
create or replace function search_models(
    query text, models jsonb default null, k int default 10, repository text default null, path text default null,
    language text default null, kind text default null, query_embeddings jsonb default null, per_file int default null
)
returns setof fused_result
language plpgsql stable rows 10
set search_path from current
as $$
#variable_conflict use_column
declare
    chosen jsonb := coalesce(search_models.models, (
        select jsonb_build_object(m.name, 1) from model_version m
        where m.status = 'active'
            or m.status <> 'refused' and looks_code(search_models.query) and m.configuration ->> 'suits' = 'code'
        order by m.configuration ->> 'suits' = 'code' and looks_code(search_models.query) desc nulls last,
            m.model_version_id desc limit 1));
    wanted int := least(greatest(search_models.k * 3, 50), setting_number('search.max_results')::int);
    settings jsonb := current_settings();
    class_lines int := settings ->> 'search.class_lines';
begin
    if jsonb_typeof(chosen) is distinct from 'object' or chosen = '{}'
        or exists (select from jsonb_each(chosen) c where jsonb_typeof(c.value) <> 'number'
            or c.value::float8 <= 0) then
        raise exception using errcode = 'CS001',
            message = 'models are not weights by name of a model version',
            hint = 'like {"minilm-code-v2": 1, "mine": 0.5}; select name from codesearch.model_version lists them';
    end if;
    return query
    with asked as materialized (
        select c.key as model, c.value::float8 as weight, resolve_model(c.key) as model_id from jsonb_each(chosen) c
    ), found as materialized (
        select a.model, a.weight, h.rank, h.chunk_id, h.repository_id, h.score, h.vector_rank
        from asked a
        cross join lateral unnest(search_hits(search_models.query, wanted, search_models.repository,
            search_models.path, search_models.language, search_models.kind, 'hybrid', a.model_id, null,
            (search_models.query_embeddings ->> a.model)::halfvec, null, search_models.per_file)) h
    ), floor as (
        select f.model, f.weight, min(f.score) as score from found f group by f.model, f.weight
    ), fused as (
        select f.chunk_id, f.repository_id,
               (sum(f.weight * f.score) + (select coalesce(sum(l.weight * l.score), 0) from floor l
                                           where l.model <> all(array_agg(f.model)))) / (select sum(weight) from floor)
                   as score,
               jsonb_object_agg(f.model, jsonb_build_object('rank', f.rank, 'score', f.score, 'weight', f.weight,
                   'vector_rank', f.vector_rank)) as models
        from found f group by f.chunk_id, f.repository_id
    ), best as (
        select u.*, row_number() over (order by u.score desc, u.chunk_id) as place from fused u
        order by u.score desc, u.chunk_id limit search_models.k
    )
    select b.place::int, b.chunk_id, coalesce(search_models.repository, r.name), v.path, c.start_line,
           last_shown_line(c.kind, c.start_line, c.end_line, class_lines), c.kind, c.symbol, b.score, b.models,
           snippet(c.content, c.start_line, null, settings)
    from best b
    join chunk c on c.chunk_id = b.chunk_id
    join file_version v on v.version_id = c.version_id
    join repository r on r.repository_id = c.repository_id
    order by b.place;
end
$$;
comment on function search_models(text, jsonb, int, text, text, text, text, jsonb, int) is
'A search by several model versions at once, fused by the weighted mean of their scores.';
