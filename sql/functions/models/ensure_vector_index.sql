-- Builds the HNSW index of a model version once there is something to index; true where it built one. Runs as the
-- owner: indexing workers may not change tables. Not for a tenant: until its transaction ended, no vector of any other
-- could be stored. Maintenance builds it, or a worker for every repository.
create or replace function ensure_vector_index(model_version_id int) returns boolean
language plpgsql volatile security definer
set search_path from current
as $$
declare
    table_name text := embedding_table(model_version_id);
    worth_it boolean;
begin
    if not writes_everywhere() or exists (select from pg_index i join pg_class c on c.oid = i.indexrelid
               join pg_am a on a.oid = c.relam
               where i.indrelid = table_name::regclass and a.amname = 'hnsw' and i.indisvalid) then
        return false;
    end if;
    execute format('select exists (select from %s offset %s)', table_name,
        setting_number('vector.index_from')::int) into worth_it;
    if not worth_it then
        return false;
    end if;
    execute format('create index %s', vector_index_definition(model_version_id));
    execute format('analyze %s', table_name);
    return true;
end
$$;
comment on function ensure_vector_index(int) is
'Builds the HNSW index of a model version once there is something to index.';
revoke all on function ensure_vector_index(int) from public;
