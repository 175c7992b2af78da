-- The valid HNSW index of a model version, null where there is none; the older one while another takes its place.
create or replace function vector_index(model_version_id int) returns regclass
language sql stable
set search_path from current
as $$
    select i.indexrelid::regclass
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_am a on a.oid = c.relam
    where i.indrelid = to_regclass(embedding_table(vector_index.model_version_id)) and a.amname = 'hnsw'
        and i.indisvalid
    order by i.indexrelid
    limit 1
$$;
comment on function vector_index(int) is 'The valid HNSW index of a model version.';
