-- The chunks nearest to a query embedding, by the best of their vectors. A filter that leaves few chunks is answered
-- exactly from those (allowed); any other by HNSW (nearest_chunks). Provisional vectors are in no index: they are
-- compared one by one beside it, as long as there are any.
create or replace function vector_candidates(
    model_version_id int, query_embedding halfvec, wanted int, scope search_scope,
    allowed bigint [], exact boolean, filters jsonb, out chunk_ids bigint [], out distances float8 []
)
language plpgsql stable
set search_path from current
as $$
declare
    other record;
begin
    if allowed is not null then
        -- unnest: the planner would weigh each member of an array that it is given.
        execute format(
            'select array_agg(n.chunk_id order by n.distance, n.chunk_id), array_agg(n.distance
                order by n.distance, n.chunk_id)
             from (select t.chunk_id, min(e.embedding <=> $1) as distance
                   from unnest($3) as a(chunk_id)
                   join codesearch.chunk_text t on t.chunk_id = a.chunk_id %s
                   join %s e on e.text_hash = t.text_hash
                   group by t.chunk_id order by 2, 1 limit $2) n', searched_texts(), vector_source(model_version_id))
        into chunk_ids, distances using query_embedding, wanted, allowed;
        return;
    end if;
    select n.chunk_ids, n.distances into chunk_ids, distances
    from nearest_chunks(model_version_id, query_embedding, wanted, scope, exact, filters) n;
    if not has_provisional(model_version_id) then
        return;
    end if;
    select * into other
    from nearest_chunks(model_version_id, query_embedding, wanted, scope, true, filters, provisional => true) n;
    select array_agg(m.chunk_id order by m.distance, m.chunk_id), array_agg(m.distance order by m.distance, m.chunk_id)
    into chunk_ids, distances
    from (select b.chunk_id, min(b.distance) as distance
          from (select * from unnest(chunk_ids, distances) as o(chunk_id, distance)
                union all select * from unnest(other.chunk_ids, other.distances)) b
          group by b.chunk_id order by 2, 1 limit wanted) m;
end
$$;
comment on function vector_candidates(int, halfvec, int, search_scope, bigint [], boolean, jsonb) is
'The chunks nearest to a query embedding, by the best of their vectors.';
