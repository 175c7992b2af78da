-- What search and explain have in common: checks, parses, weighs the features of the candidates, and takes the best k
-- with at most a few of one file, and what nearly repeats a better one left out, and what is not sure enough. features
-- has the query's class and the confidence, and with a context that asks to explain every number that counted. surest
-- is the confidence of the surest hit, also of one that was left out for it; null where nothing says it.
create or replace function find_hits(
    query text, k int, repository text, path text, language text, kind text, mode text, model_id int, context jsonb,
    query_embedding halfvec, min_score float8, per_file int, min_confidence float8,
    out hits hit [], out surest float8
)
language plpgsql stable
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    scope search_scope := scope_of(repository);
    settings jsonb;
    filters jsonb;
    asked query_parts;
    around caller_context;
    explained boolean := coalesce(context ? 'explain', false);
    ranking jsonb;
    weights vector;
    repeat_penalty float8;
    most_of_a_file int;
    calibration jsonb;
    -- How sure a hit is depends on the list that it stands in.
    listed int := greatest(k, 10);
    encoding query_encoding;
    by_meaning boolean;
begin
    if query_embedding is not null then
        encoding.encoder := 'caller';
    elsif mode <> 'lexical' then
        encoding := encode_query(query, model_id);
        query_embedding := encoding.embedding;
    end if;
    perform check_search(query, k, mode, query_embedding, model_id, per_file);
    perform check_context(context);
    if kind is not null or language is not null then
        perform check_filters(kind, language);
    end if;
    settings := current_settings(model_id) || coalesce(encoding.settings, '{}');
    asked := parse_query(query);
    around := read_context(context, scope);
    filters := jsonb_strip_nulls(jsonb_build_object('level', case when kind = 'module' then 1 else 0 end, 'kind', kind,
        'language', lower(language), 'path', path_pattern(path, scope.repositories), 'symbol',
            symbol_pattern(context ->> 'symbol')));
    -- With nothing that the embedding could be near to, words weigh as they do where there is none.
    by_meaning := query_embedding is not null and has_vectors(model_id);
    ranking := class_weights(asked, mode, by_meaning, model_id, settings);
    weights := feature_weights(ranking, case when mode <> 'rrf' then settings -> 'ranking.weights' end);
    repeat_penalty := coalesce((ranking ->> 'repeat_penalty')::float8, 0);
    calibration := answer_calibration(asked, mode, by_meaning, model_id, settings, min_confidence);
    most_of_a_file := coalesce(per_file, case when k > 100 then k else (settings ->> 'search.per_file')::int end);
    with ranked as materialized (
        select p.*
        from (select f.*, f.score - repeat_penalty * (f.in_file - 1) as final_score,
                     -repeat_penalty * (f.in_file - 1) as repeated
              from (select w.*, row_number() over (partition by w.version_id order by w.score desc, w.chunk_id)
                        as in_file
                    from (select c.*, -(c.features::vector <#> weights) as score
                          from candidate_features(asked, scope, filters, model_id, query_embedding, mode,
                              greatest((settings ->> 'search.candidates')::int, k), settings, around) c) w) f
             ) p
        where p.in_file <= most_of_a_file and (min_score is null or p.final_score >= min_score)
        order by p.final_score desc, p.chunk_id limit 2 * listed
    ), shown as materialized (
        select r.*, row_number() over (order by r.final_score desc, r.chunk_id) as place from ranked r
        -- The modes of one leg, and who wants many, get all that there is. A scalar subquery, which is asked once.
        where r.chunk_id <> all(array(select n from near_copies(
            array(select o.chunk_id from ranked o order by o.final_score desc, o.chunk_id),
            case when mode in ('hybrid', 'rerank', 'adaptive') and k <= 100
                then (settings ->> 'search.near_copy')::float8 else 2 end) n))
        order by r.final_score desc, r.chunk_id limit listed
    ), likely as materialized (
        select c.*, max(c.confidence) over () as surest
        from (select array_agg(s.final_score order by s.place) as scores,
                     array_agg(s.features::vector order by s.place) as features from shown s) l
        cross join lateral hit_confidences(asked, l.scores, l.features, calibration) c
    ), sure as (
        -- Mode adaptive shows nothing where an answer is less likely than 'known', and else what is as sure as
        -- 'precise', of which the share that was calibrated for is right, but at least the surest.
        select l.confidence, l.place from likely l
        where calibration is null
           or (mode <> 'adaptive' or l.answered >= (calibration ->> 'known')::float8)
               and l.confidence >= coalesce(min_confidence, case when mode = 'adaptive'
                   then least((calibration ->> 'precise')::float8, l.surest) end, 0)
    )
    select coalesce(array_agg(row(n.rank, s.chunk_id, s.repository_id, s.content_hash, s.final_score,
               s.lexical_rank, s.vector_rank, null,
               jsonb_build_object('query_class', asked.class, 'encoder', encoding.encoder,
                   'confidence', n.confidence)
               || case when explained then
                   jsonb_build_object('features', s.features, 'weights', weights::real [], 'repeated', s.repeated)
               else '{}' end)::hit order by n.place), '{}'), (select max(l.surest) from likely l)
    into hits, surest
    from (select c.*, row_number() over (order by c.place) as rank from sure c) n
    join shown s on s.place = n.place
    where n.rank <= k;
end
$$;
comment on function find_hits(
    text, int, text, text, text, text, text, int, jsonb, halfvec, float8, int, float8
) is 'The best k hits of a search, and how sure the surest is that it has or left out.';
