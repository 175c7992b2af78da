-- Recall@10 of a model version's vector index against exact search, on queries that were asked where the database
-- embeds them by look-up, else on vectors of chunks. A vector as near as the tenth counts as found, so that equal
-- texts are no loss. Adds a row to vector_recall and returns it; nothing where there is no index.
create or replace function measure_vector_recall(model_version_id int, samples int default null)
    returns setof vector_recall
language plpgsql volatile
set search_path from current
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
    wanted int := measure_vector_recall.model_version_id;
    source text := embedding_table(wanted);
    sampled halfvec [];
    asked int := coalesce(samples, setting_number('maintenance.recall_samples')::int);
    one halfvec;
    found_near int := 0;
    possible int := 0;
    near int;
    total int;
begin
    if vector_index(wanted) is null then
        return;
    end if;
    if (select e.encoder from query_encoder(wanted) e) = 'table' then
        sampled := array(select embed_by_table(q, wanted) from asked_queries(asked) q);
    end if;
    if coalesce(cardinality(sampled), 0) < asked then
        execute format('select array(select e.embedding from %s e order by random() limit %s)', source,
            asked) into sampled;
        asked := 0;
    end if;
    perform set_config('hnsw.ef_search', greatest(setting_number('vector.ef_search'), 10)::int::text, true);
    foreach one in array sampled loop
        execute format(
            'select count(*) filter (where n.distance <= x.farthest + 1e-6), max(x.total)
             from (select max(t.distance) as farthest, count(*) as total
                   from (select e.embedding <=> $1 as distance from %1$s e order by (e.embedding <=> $1) + 0
                       limit 10) t) x
             left join (select e.embedding <=> $1 as distance from %1$s e order by e.embedding <=> $1 limit 10) n
                 on true', source)
        into near, total using one;
        found_near := found_near + near;
        possible := possible + total;
    end loop;
    return query
    insert into vector_recall (model_version_id, k, sample_count, sampled_from, ef_search, recall, needs_reindex)
    select wanted, 10, cardinality(sampled), case when asked = 0 then 'chunks' else 'queries' end,
           greatest(setting_number('vector.ef_search'), 10), found_near::float8 / possible,
           found_near::float8 / possible < setting_number('maintenance.min_recall')
    where possible > 0
    returning *;
end
$$;
comment on function measure_vector_recall(int, int) is
'Recall@10 of a model version''s vector index against exact search, kept in vector_recall.';
revoke all on function measure_vector_recall(int, int) from public;
