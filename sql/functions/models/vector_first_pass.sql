-- The first pass that a model version's vector index is of, halfvec or bit; null where it has no index. While one
-- takes the place of another, the one that searches go by.
create or replace function vector_first_pass(model_version_id int) returns text
language plpgsql stable
set search_path from current
as $$
begin
    return (select case o.opcname when 'bit_hamming_ops' then 'bit' else 'halfvec' end
            from pg_index i join pg_opclass o on o.oid = i.indclass[0]
            where i.indexrelid = vector_index(vector_first_pass.model_version_id));
end
$$;
comment on function vector_first_pass(int) is
'The first pass that a model version''s vector index is of, halfvec or bit; null where it has no index.';
