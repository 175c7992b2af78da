-- The vector indexes of a model version that go once it has the one its settings ask for: those of the other first
-- pass, and what an interrupted build left. None as long as the wanted one is missing.
create or replace function unwanted_vector_indexes(model_version_id int) returns setof regclass
language sql stable rows 2
set search_path from current
as $$
    with own as (
        select i.indexrelid, i.indisvalid, case o.opcname when 'bit_hamming_ops' then 'bit' else 'halfvec' end
               = current_settings(unwanted_vector_indexes.model_version_id) ->> 'vector.first_pass' as wanted
        from pg_index i
        join pg_class c on c.oid = i.indexrelid
        join pg_am a on a.oid = c.relam
        join pg_opclass o on o.oid = i.indclass[0]
        where i.indrelid = to_regclass(embedding_table(unwanted_vector_indexes.model_version_id))
            and a.amname = 'hnsw'
    )
    select w.indexrelid::regclass from own w
    where not w.indisvalid or not w.wanted and exists (select from own o where o.wanted and o.indisvalid)
$$;
comment on function unwanted_vector_indexes(int) is
'The vector indexes of a model version that go once it has the one its settings ask for.';
