-- The chunks nearest to one by the least distance between any of its texts and theirs, without those of the same
-- content; null where the model has none of its texts. Copies are found among the candidates, so more of these may be
-- needed.
create or replace function similar_chunks(
    chunk_id bigint, content_hash uuid, k int, repository text, path text, language text, kind text, model_id int,
    out ids bigint [], out distances float8 []
)
language plpgsql stable
set search_path from current
as $$
#variable_conflict use_column
declare
    -- A long function has a text for every few lines: its first say what it is like.
    most_texts constant int := 8;
    scope search_scope := scope_of(similar_chunks.repository);
    filters jsonb := jsonb_strip_nulls(jsonb_build_object(
        'level', case when similar_chunks.kind = 'module' then 1 else 0 end, 'kind', similar_chunks.kind,
        'language', lower(similar_chunks.language), 'path', path_pattern(similar_chunks.path, scope.repositories)));
    narrowed boolean := filters - 'level' <> '{}';
    allowed bigint [] := case when narrowed or not scope.everything then allowed_chunks(scope, filters) end;
    wanted int := k + 20;
    vectors halfvec [];
    seen int;
begin
    if model_id is null then
        return;
    end if;
    execute format(
        'select array_agg(n.embedding) from (select e.embedding from codesearch.chunk_text t join %s e
            on e.text_hash = t.text_hash
             where t.chunk_id = $1 and t.unit >= 0 order by t.unit limit $2) n', vector_source(model_id))
    into vectors using similar_chunks.chunk_id, most_texts;
    if vectors is null then
        return;
    end if;
    loop
        with near as materialized (
            select n.id, n.distance, cardinality(v.chunk_ids) as fetched
            from unnest(vectors) as q(vector)
            cross join lateral vector_candidates(model_id, q.vector, wanted, scope, allowed, false, case
                when narrowed then filters end) v
            cross join lateral unnest(v.chunk_ids, v.distances) as n(id, distance)
        ), best as (
            select n.id, min(n.distance) as distance
            from near n join chunk c on c.chunk_id = n.id
            where c.content_hash <> similar_chunks.content_hash and n.distance <> 'NaN'
            group by n.id order by 2, 1 limit k
        )
        select coalesce(array_agg(b.id order by b.distance, b.id), '{}'),
            coalesce(array_agg(b.distance order by b.distance, b.id), '{}'),
               (select max(n.fetched) from near n)
        into ids, distances, seen from best b;
        exit when cardinality(ids) >= k or coalesce(seen, 0) < wanted or wanted > 5000;
        wanted := wanted * 8;
    end loop;
end
$$;
comment on function similar_chunks(bigint, uuid, int, text, text, text, text, int) is
'The chunks nearest to one by any of its texts, without those of the same content.';
