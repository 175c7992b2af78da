-- The chunks nearest to a query embedding, by the best of their vectors. A filter that leaves few chunks is answered
-- exactly from those (allowed); any other by HNSW, continued (iterative scan) until enough pass the filter.
-- The statement is dynamic so that it names one model version's table: the planner then always uses its index.
create or replace function vector_candidates(
    model_version_id int, query_embedding halfvec, wanted int, repositories int [], every_repository boolean,
    allowed bigint [], exact boolean, filters jsonb, out chunk_ids bigint [], out distances float8 []
)
language plpgsql stable
set search_path from current
set hnsw.ef_search = 100
set hnsw.iterative_scan = 'relaxed_order'
set hnsw.max_scan_tuples = 40000
as $$
declare
    ordered text := 'e.embedding <=> $1';
    condition text := 'true';
    fetched int := wanted * setting_number('vector.overfetch');
begin
    if allowed is not null then
        condition := 'e.chunk_id = any($4)';
        ordered := '(e.embedding <=> $1) + 0';
    elsif exact then
        ordered := '(e.embedding <=> $1) + 0';
    else
        perform set_config('hnsw.ef_search', greatest(setting_number('vector.ef_search'), fetched)::int::text, true);
        if every_repository and filters is null then
            -- Nothing is filtered away: the first scan is enough.
            perform set_config('hnsw.iterative_scan', 'off', true);
        end if;
    end if;
    if not every_repository and allowed is null then
        condition := 'e.repository_id = any($3)';
    end if;
    if filters is not null and allowed is null then
        condition := condition || ' and exists (select from codesearch.chunk c join codesearch.source_file f on f.file_id = c.file_id
            where c.chunk_id = e.chunk_id and codesearch.passes_filters(c.level, c.kind, f.language, f.path, $5))';
    end if;
    execute format(
        'select array_agg(n.chunk_id order by n.distance, n.chunk_id), array_agg(n.distance order by n.distance, n.chunk_id)
         from (select b.chunk_id, min(b.distance) as distance
               from (select e.chunk_id, e.embedding <=> $1 as distance from %s e where %s order by %s limit %s) b
               group by b.chunk_id order by 2, 1 limit $2) n',
        embedding_table(model_version_id), condition, ordered, fetched)
    into chunk_ids, distances
    using query_embedding, wanted, repositories, allowed, filters;
end
$$;
comment on function vector_candidates(int, halfvec, int, int [], boolean, bigint [], boolean, jsonb) is
'The chunks nearest to a query embedding, by the best of their vectors.';
