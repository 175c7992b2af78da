-- Recall@10 of a model version's vector index against exact search, among as many vectors as a search reads. Adds a row
-- to vector_recall and returns it; nothing where there is no index. A recall below maintenance.min_recall needs a
-- reindex where it was higher once, or where nobody has rebuilt the index: one that was just rebuilt for it and is no
-- better is helped by vector.ef_search, and would be rebuilt in every run.
create or replace function measure_vector_recall(model_version_id int, samples int default null)
    returns setof vector_recall
language plpgsql volatile
set search_path from current
set enable_seqscan = off
set jit = off
set hnsw.iterative_scan = 'relaxed_order'
as $$
#variable_conflict use_column
declare
    wanted int := measure_vector_recall.model_version_id;
    sampled record;
    reading record := vector_order(wanted);
    read int := ceil(setting_number('search.candidates') * setting_number('vector.overfetch') * reading.overfetch);
    listed int := least(greatest(setting_number('vector.ef_search'), read), 1000);
    found_near int;
    possible int;
    file oid := pg_relation_filenode(vector_index(wanted));
    since_build vector_recall := (select r from vector_recall r
        where r.model_version_id = wanted and r.index_file = file order by r.measured_at limit 1);
    before_build vector_recall := (select r from vector_recall r
        where r.model_version_id = wanted and r.index_file <> file order by r.measured_at desc limit 1);
begin
    if vector_index(wanted) is null then
        return;
    end if;
    select * into sampled from recall_queries(wanted, coalesce(samples,
        setting_number('maintenance.recall_samples')::int));
    perform set_config('hnsw.ef_search', listed::text, true);
    select sum(f.near_counts [1]), sum(f.possible) into found_near, possible
    from unnest(sampled.embeddings) as q(embedding)
    cross join lateral nearest_found(wanted, q.embedding, reading.expression, array[read]) f;
    return query
    insert into vector_recall (model_version_id, k, sample_count, sampled_from, ef_search, recall, needs_reindex,
        index_file)
    select wanted, 10, cardinality(sampled.embeddings), sampled.sampled_from, listed, f.recall,
           f.recall < setting_number('maintenance.min_recall')
           and coalesce(since_build.needs_reindex or f.recall < since_build.recall - 0.05,
               not before_build.needs_reindex, true),
           file
    from (select found_near::float8 / possible as recall where possible > 0) f
    returning *;
end
$$;
comment on function measure_vector_recall(int, int) is
'Recall@10 of a model version''s vector index against exact search, kept in vector_recall.';
revoke all on function measure_vector_recall(int, int) from public;
