-- What search and explain have in common: checks, classifies, scores the candidates, and takes the best k with at most
-- a few of one file. features has the query's class, and the share of every signal where the context asks to explain.
create or replace function search_hits(
    query text, k int, repository text, path text, language text, kind text, mode text, model_id int, context jsonb,
    query_embedding halfvec, min_score float8
)
returns hit []
language plpgsql stable
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    scope search_scope := scope_of(repository);
    settings jsonb;
    filters jsonb;
    hits hit [];
    query_class text;
    explained boolean := coalesce(context ? 'explain', false);
    repeat_penalty float8;
    -- Another look at the best, and how many of them it needs.
    reranked boolean;
    wanted int;
begin
    perform check_search(query, k, mode, query_embedding, model_id);
    if kind is not null or language is not null then
        perform check_filters(kind, language);
    end if;
    settings := current_settings(model_id);
    repeat_penalty := (settings ->> 'search.repeat_penalty')::float8;
    reranked := mode in ('rerank', 'pipeline') or mode = 'hybrid' and (settings ->> 'rerank.hybrid')::boolean;
    wanted := case when reranked then greatest(k, (settings ->> 'rerank.candidates')::int) else k end;
    query_class := classify_query(query);
    filters := jsonb_strip_nulls(jsonb_build_object('level', case when kind = 'module' then 1 else 0 end, 'kind', kind,
        'language', lower(language), 'path', path_pattern(path, scope.repositories), 'symbol',
            symbol_pattern(context ->> 'symbol')));
    select array_agg(row(b.place, b.chunk_id, c.repository_id, c.content_hash, b.final_score, b.lexical_rank,
        b.vector_rank,
                         null, case when explained
                             then to_jsonb(b)
                                 - '{chunk_id,version_id,place,in_file,score,lexical_rank,vector_rank}'::text[]
                               else '{}' end || jsonb_build_object('query_class', query_class))::hit order by b.place)
    into hits
    from (select row_number() over (order by p.final_score desc, p.chunk_id) as place, p.*
          from (select f.*, f.score - repeat_penalty * (f.in_file - 1) as final_score,
              -repeat_penalty * (f.in_file - 1) as repeated
                from (select s.*, row_number() over (partition by s.version_id order by s.score desc, s.chunk_id)
                    as in_file
                      from score_candidates(query, query_class, query_embedding, model_id, mode, scope,
                          filters, greatest((settings ->> 'search.candidates')::int, k), settings) s) f) p
          where p.in_file <= (settings ->> 'search.per_file')::int or k > 100
          order by p.final_score desc, p.chunk_id limit wanted) b
    join chunk c on c.chunk_id = b.chunk_id;
    if reranked then
        hits := rerank_hits(hits, query, scope.repositories, (filters ->> 'level')::smallint, settings);
    end if;
    if min_score is not null then
        hits := array(select h from unnest(hits) h where h.score >= min_score order by h.rank);
    end if;
    return coalesce(hits[:k], '{}');
end
$$;
comment on function search_hits(text, int, text, text, text, text, text, int, jsonb, halfvec, float8) is
'The best k hits of a search, with the share of every signal.';
