-- The chunks nearest to a query embedding among a model version's own vectors, or among its provisional ones: by HNSW,
-- continued (iterative scan) until enough pass the filter, or exactly. What the index orders by is vector_order's; here
-- all that was read is put in order by exact distances. Where several repositories hold a text, the chunk that had it
-- first stands for all: copies would take the places of other texts. A chunk may have many texts: where those that were
-- read have too few chunks, more are read. The statement is dynamic so that it names one model version's table: the
-- planner then always uses its index.
create or replace function nearest_chunks(
    model_version_id int, query_embedding halfvec, wanted int, scope search_scope, exact boolean, filters jsonb,
    provisional boolean default false, out chunk_ids bigint [], out distances float8 []
)
language plpgsql stable
set search_path from current
set hnsw.ef_search = 100
set hnsw.iterative_scan = 'relaxed_order'
set hnsw.max_scan_tuples = 40000
set hnsw.scan_mem_multiplier = 1000
set enable_sort = on
as $$
declare
    -- What pgvector takes for hnsw.ef_search; what is wanted beyond comes from the iterative scan.
    longest_list constant int := 1000;
    whole boolean := scope.everything and filters is null;
    source text := case when provisional then format(
        '(select * from codesearch.provisional_embedding p where p.model_version_id = %s%s)', model_version_id,
        case when whole then '' else ' and p.repository_id = any($5)' end)
        else embedding_table(model_version_id) end;
    ordered text := '(e.embedding <=> $1) + 0';
    kept int := ceil(wanted * setting_number('vector.overfetch'));
    fetched int := kept;
    -- Without a filter files as a whole are no answers, and would take the places of others. Of copies the oldest is
    -- one.
    found_chunk text := 'codesearch.searched_chunks($3, $4) c on c.chunk_id = t.chunk_id'
        || searched_texts() || case when filters is null then ' and c.level = 0' else '' end
        || case when cardinality(scope.repositories) > 1 then
           ' and (t.role = ''description'' or not exists (select from codesearch.chunk_text o
               join codesearch.searched_chunks($3) s on s.chunk_id = o.chunk_id
                 where o.text_hash = t.text_hash and o.chunk_id < t.chunk_id
                   and o.repository_id <> t.repository_id))'
                     else '' end;
    iterated boolean;
    hashes uuid [];
    near float8 [];
    texts int;
begin
    if not exact then
        select o.expression, ceil(kept * o.overfetch) into ordered, fetched from vector_order(model_version_id) o;
    end if;
    -- Where nothing is filtered away the first scan is enough, if its list is.
    iterated := exact or not whole or fetched > longest_list;
    if not exact and not whole then
        -- Under row-level security the planner takes reading and sorting all that the caller sees for cheaper.
        perform set_config('enable_sort', 'off', true);
    end if;
    loop
        if not exact then
            perform set_config('hnsw.ef_search',
                least(greatest(setting_number('vector.ef_search'), fetched), longest_list)::int::text, true),
                    set_config('hnsw.max_scan_tuples', greatest(40000, fetched)::text, true),
                    set_config('hnsw.iterative_scan', case when iterated then 'relaxed_order' else 'off' end, true);
        end if;
        if whole then
            execute format(
                'select array_agg(n.text_hash), array_agg(n.distance), coalesce(max(n.texts), 0)
                 from (select f.text_hash, f.distance, count(*) over () as texts
                       from (select e.text_hash, e.embedding <=> $1 as distance from %s e order by %s limit %s) f
                       order by f.distance limit %s) n', source, ordered, fetched, kept)
            into hashes, near, texts using query_embedding;
            execute format(
                'select array_agg(n.chunk_id order by n.distance, n.chunk_id), array_agg(n.distance
                    order by n.distance, n.chunk_id)
                 from (select t.chunk_id, min(h.distance) as distance
                       from unnest($1, $2) as h(text_hash, distance)
                       join codesearch.chunk_text t on t.text_hash = h.text_hash
                       join %s
                       group by t.chunk_id order by 2, 1 limit $5) n', found_chunk)
            into chunk_ids, distances using hashes, near, scope.branches, filters, wanted;
        else
            execute format(
                'select array_agg(n.chunk_id order by n.distance, n.chunk_id), array_agg(n.distance
                    order by n.distance, n.chunk_id), max(n.texts)
                 from (select b.chunk_id, min(b.distance) as distance, sum(count(*)) over () as texts
                       from (select t.chunk_id, e.embedding <=> $1 as distance
                             from %s e
                             cross join lateral (select t.chunk_id from codesearch.chunk_text t join %s
                                                 where t.text_hash = e.text_hash and t.repository_id = any($5)) t
                             order by %s limit %s) b
                       group by b.chunk_id order by 2, 1 limit $2) n',
                source, found_chunk, ordered, fetched)
            into chunk_ids, distances, texts
            using query_embedding, wanted, scope.branches, filters, scope.repositories;
        end if;
        exit when cardinality(chunk_ids) >= wanted or iterated and coalesce(texts, 0) < fetched or fetched >= 1000000;
        if texts = fetched then
            fetched := 4 * fetched;
            kept := 4 * kept;
        end if;
        iterated := true;
    end loop;
end
$$;
comment on function nearest_chunks(int, halfvec, int, search_scope, boolean, jsonb, boolean) is
'The chunks nearest to a query embedding among a model version''s own vectors, or its provisional ones.';
