-- All vectors of a model version for what compares them one by one, its own and provisional ones, as an item of FROM:
-- a model's table alone where none is provisional. Not for what is ordered by the HNSW index: that has its own only.
create or replace function vector_source(model_version_id int) returns text
language sql stable
set search_path from current
as $$
    select case when has_provisional(vector_source.model_version_id)
        then format(
            '(select o.text_hash, o.embedding from %1$s o union all
              select p.text_hash, p.embedding from codesearch.provisional_embedding p
              where p.model_version_id = %2$s
                and not exists (select from %1$s o where o.text_hash = p.text_hash))',
            embedding_table(vector_source.model_version_id), vector_source.model_version_id)
        else embedding_table(vector_source.model_version_id) end
$$;
comment on function vector_source(int) is
'All vectors of a model version, its own and provisional ones, as an item of FROM.';
