-- Why each row is where it is: the query's class and terms, the terms the chunk has, each leg's rank and score, and the
-- share of every signal in the score. shares adds up to score.
create or replace function explain(
    query text, k int default 10, repository text default null, path text default null, language text default null,
    kind text default null, mode text default 'hybrid', model text default null, context jsonb default null,
    query_embedding halfvec default null, min_score float8 default null, log boolean default false
)
returns setof search_explanation
language plpgsql stable rows 10
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    terms text [] := query_terms(coalesce(query, ''));
    model_id int := resolve_model(model);
begin
    if query_embedding is null and mode <> 'lexical' then
        query_embedding := query_embedding_for(query, model_id);
    end if;
    return query
    select h.rank, h.chunk_id, v.path, c.start_line, c.symbol, h.score, h.features ->> 'query_class',
           array(select t from unnest(terms) t where t = any(tsvector_to_array(c.lexemes)) order by t),
           array(select t from unnest(terms) t where t <> all(tsvector_to_array(c.lexemes)) order by t),
           h.lexical_rank, h.vector_rank,
           (select jsonb_object_agg(s.key, round(s.value::numeric, 4))
               from jsonb_each_text(h.features - 'query_class') s
            where s.value is not null
                and s.key not in ('lexical_score', 'lexical_z', 'cosine', 'whole', 'best_window', 'summary',
                    'final_score') and s.value::float8 <> 0),
           (select jsonb_object_agg(s.key, round(s.value::numeric, 4))
               from jsonb_each_text(h.features - 'query_class') s
            where s.value is not null
                and s.key in ('lexical_score', 'lexical_z', 'cosine', 'whole', 'best_window', 'summary',
                    'final_score')),
           highlight(snippet(c.content, c.start_line, h.focus_line), terms)
    from unnest(search_hits(query, k, explain.repository, explain.path, explain.language, explain.kind, mode, model_id,
        coalesce(context, '{}') || '{"explain": true}',
                            query_embedding, min_score)) h
    join chunk c on c.chunk_id = h.chunk_id and c.repository_id = h.repository_id
    join file_version v on v.version_id = c.version_id
    order by h.rank;
end
$$;
comment on function explain(text, int, text, text, text, text, text, text, jsonb, halfvec, float8, boolean) is
'Why each row of a search is where it is.';
