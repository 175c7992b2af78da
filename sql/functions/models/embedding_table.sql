-- The name of a model version's embedding table, quoted for dynamic SQL.
create or replace function embedding_table(model_version_id int) returns text
language sql immutable strict parallel safe
as $$
    select 'codesearch.embedding_' || model_version_id
$$;
comment on function embedding_table(int) is 'The name of a model version''s embedding table.';
