-- How well given chunks answer a text beside the query: BM25 (as ln(1 + z)) and cosine, each standardised as features
-- are. The text is embedded by look-up; where there is no query table words alone count.
create or replace function text_scores(
    text text, scope search_scope, candidates bigint [], model_version_id int, settings jsonb
)
returns table (chunk_id bigint, lexical real, vector real)
language plpgsql stable rows 150
set search_path from current
as $$
#variable_conflict use_column
declare
    blocks int [];
    scores vector [];
    mean float8;
    deviation float8;
    embedding halfvec;
begin
    if text is null or text !~ '\S' then
        return;
    end if;
    select l.blocks, l.scores, l.mean, nullif(l.deviation, 0) into blocks, scores, mean, deviation
    from lexical_scores(query_terms(text), scope.repositories, 0::smallint) l;
    if model_version_id is not null and (select e.encoder from query_encoder(model_version_id) e) = 'table' then
        embedding := embed_by_table(text, model_version_id);
    end if;
    return query
    select c.chunk_id, ln(1 + greatest(coalesce((l.score - mean) / deviation, 0), 0))::real,
           coalesce((1 - least(d.whole, d.best_window) - (settings ->> 'vector.mean')::float8)
               / (settings ->> 'vector.deviation')::float8, 0)::real
    from chunk c
    left join lexical_score_at(blocks, scores, array(select x.slot from chunk x where x.chunk_id = any(candidates))) l
        on l.slot = c.slot
    left join vector_distances(case when embedding is not null then model_version_id end, embedding, candidates) d
        on d.chunk_id = c.chunk_id
    where c.chunk_id = any(candidates);
end
$$;
comment on function text_scores(text, search_scope, bigint [], int, jsonb) is
'How well given chunks answer a text beside the query, by words and by vectors.';
