-- What stands behind CREATE INDEX for the vector index that a model version's settings ask for: one statement for
-- ensure_vector_index, which blocks writers, and for CREATE INDEX CONCURRENTLY, which no function can run.
create or replace function vector_index_definition(model_version_id int) returns text
language plpgsql stable
set search_path from current
as $$
declare
    settings jsonb := current_settings(vector_index_definition.model_version_id);
    first_pass text := settings ->> 'vector.first_pass';
    dimension int := (select m.dimension from model_version m
        where m.model_version_id = vector_index_definition.model_version_id);
begin
    return format('on %s using hnsw (%s %s) with (m = %s, ef_construction = %s)',
        embedding_table(model_version_id), first_pass_key(first_pass, dimension, 'embedding'),
        case first_pass when 'bit' then 'bit_hamming_ops' else 'halfvec_cosine_ops' end,
        (settings -> 'vector.m')::int,
        -- pgvector refuses less than twice m.
        greatest((settings -> 'vector.ef_construction')::int, 2 * (settings -> 'vector.m')::int));
end
$$;
comment on function vector_index_definition(int) is
'What stands behind CREATE INDEX for the vector index that a model version''s settings ask for.';
