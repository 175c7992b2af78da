-- Mean cosine of the texts embedded lately to the nearest text of another chunk: code that the model does not
-- understand, and vectors of two spaces in one table, have no near neighbours. Lately means chunks after after_chunk
-- whose text no earlier chunk has. Whole chunks only: a window's nearest text is always its own chunk. A sample of them
-- (drift.texts) is drawn by id, so that the work doesn't grow with the index; nothing where vectors are many and have
-- no index.
create or replace function neighbour_drift(
    model_version_id int, after_chunk bigint default 0, out value float8, out sample_count int, out last_chunk bigint
)
language plpgsql volatile
set search_path from current
set enable_seqscan = off
set jit = off
set hnsw.ef_search = 80
set hnsw.iterative_scan = 'relaxed_order'
set hnsw.max_scan_tuples = 2000
as $$
declare
    source text := embedding_table(neighbour_drift.model_version_id);
    samples int := setting_number('drift.texts');
    first_chunk bigint;
    many boolean;
    near record := vector_order(neighbour_drift.model_version_id, 's.embedding');
begin
    last_chunk := coalesce((select max(c.chunk_id) from chunk c), 0);
    -- Ids begin anew where the chunks were truncated.
    first_chunk := case when after_chunk > last_chunk then 0 else after_chunk end;
    if vector_index(neighbour_drift.model_version_id) is null then
        execute format('select exists (select from %s offset %s)', source,
            setting_number('vector.exact_below')::int) into many;
        if many then
            sample_count := 0;
            return;
        end if;
    end if;
    execute format(
        'with id as materialized (
             select first.chunk_id from generate_series($1 + 1, $2) as first(chunk_id) where $2 - $1 <= 100 * $3
             union
             select $1 + 1 + floor(random() * ($2 - $1))::bigint from generate_series(1, 100 * $3)
                 where $2 - $1 > 100 * $3
         ), fresh as materialized (
             select distinct t.text_hash
             from id join codesearch.chunk_text t on t.chunk_id = id.chunk_id and t.unit = 0
             where not exists (select from codesearch.chunk_text o where o.text_hash = t.text_hash and o.chunk_id <= $1)
         ), sample as materialized (
             select e.text_hash, e.embedding from fresh f join %1$s e on e.text_hash = f.text_hash order by random()
                 limit $3
         )
         select avg(1 - n.distance), count(n.distance)
         from sample s
         cross join lateral (
             select min(x.distance) as distance
             from (select e.embedding <=> s.embedding as distance
                   from %1$s e
                   where e.text_hash <> s.text_hash
                     and (select true from codesearch.chunk_text o where o.text_hash = e.text_hash and o.unit = 0
                         limit 1)
                   order by %2$s limit %3$s) x) n', source, near.expression, ceil(3 * near.overfetch))
    into value, sample_count using first_chunk, last_chunk, samples;
end
$$;
comment on function neighbour_drift(int, bigint) is
'Mean cosine of the texts embedded lately to the nearest text of another chunk, how many were sampled, '
'and the last chunk there was.';
revoke all on function neighbour_drift(int, bigint) from public;
