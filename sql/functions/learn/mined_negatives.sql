-- Hard negatives for a query whose answer is known: what the live vector leg puts near it, in the answer's repository,
-- and that does not answer it. Not a negative is the answer, a copy of it (term_overlap), the class it is in or a part
-- of it, and what scores above it by more than margin: so near a chunk often answers too (the false negatives of
-- mining; Moreira et al. 2024). One row a candidate, nearest first, with its verdict; the text, as it is embedded, only
-- of those kept.
create or replace function mined_negatives(
    positive bigint, query_embedding halfvec, model text default null, candidates int default 100, keep int default 15,
    margin float8 default 0.05
)
returns table (chunk_id bigint, path text, path_flags text [], content_hash uuid, score float8, verdict text, text text)
language plpgsql stable rows 100
set search_path from current
as $$
#variable_conflict use_column
declare
    model_id int := resolve_model(model);
    answer chunk := (select c from chunk c where c.chunk_id = positive);
    answer_terms text [] := tsvector_to_array(answer.lexemes);
    answer_score float8;
    near_ids bigint [];
    distances float8 [];
    threshold float8 := setting_number('feedback.near_duplicate');
begin
    if answer is null or model_id is null then
        return;
    end if;
    select 1 - least(d.whole, d.best_window) into answer_score
    from vector_distances(model_id, query_embedding, array[positive]) d;
    select v.chunk_ids, v.distances into near_ids, distances
    from vector_candidates(model_id, query_embedding, candidates,
                           scope_of((select r.name from repository r where r.repository_id = answer.repository_id)),
                               null, false, null) v;
    return query
    with judged as (
        select c.chunk_id, c.version_id, c.content_hash, 1 - n.distance as score, n.place,
               case when c.chunk_id = positive then 'the positive'
                    when c.version_id = answer.version_id and (starts_with(answer.symbol, c.symbol || '.')
                         or starts_with(c.symbol, answer.symbol || '.')) then 'holds the positive'
                    when c.content_hash = answer.content_hash
                         or term_overlap(tsvector_to_array(c.lexemes), answer_terms) >= threshold then 'near-duplicate'
                    when 1 - n.distance > answer_score + margin then 'may answer'
                    else 'negative' end as verdict
        from unnest(near_ids, distances) with ordinality as n(id, distance, place)
        join chunk c on c.chunk_id = n.id
        where c.level = 0
    ), numbered as (
        select j.*, row_number() over (partition by j.verdict order by j.place) as number from judged j
    )
    select j.chunk_id, f.path, f.path_flags, j.content_hash, j.score, case when j.verdict = 'negative'
        and j.number > keep then 'beyond' else j.verdict end,
           case when j.verdict = 'negative' and j.number <= keep then s.text end
    from numbered j
    join file_version f on f.version_id = j.version_id
    left join chunk_text t on t.chunk_id = j.chunk_id and t.unit = 0
    left join stored_text s on s.text_hash = t.text_hash
    order by j.place;
end
$$;
comment on function mined_negatives(bigint, halfvec, text, int, int, float8) is
'Hard negatives for a query whose answer is known: what the live vector leg puts near it and that does not answer it.';
