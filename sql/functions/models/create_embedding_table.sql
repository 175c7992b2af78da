-- One table for each model version, typed with its dimension, without its HNSW index: loading first and building the
-- index after is six times faster (ensure_vector_index). One row a text, whichever chunks hold it. Runs as the owner,
-- so that whoever adds a model, the table gets the rights and policies of the others.
create or replace function create_embedding_table(model_version_id int, dimension int) returns void
language plpgsql volatile security definer
set search_path from current
as $$
begin
    -- The id is new, so a table of its name is what a dump without rows left.
    execute format('drop table if exists %s', embedding_table(model_version_id));
    execute format(
        'create table %s (
            text_hash uuid primary key references codesearch.stored_text on delete cascade,
            token_count int not null,
            kept_tokens int not null,
            embedding halfvec(%s) not null
        )', embedding_table(model_version_id), dimension);
    -- TOASTed vectors cost a second look-up for each distance.
    execute format('alter table %s alter embedding set storage plain', embedding_table(model_version_id));
    execute format('comment on table %s is %L', embedding_table(model_version_id),
        'Embeddings of one model version: one for each distinct text.');
    perform apply_table_privileges(embedding_table(model_version_id)::regclass);
    if (select c.relrowsecurity from pg_class c where c.oid = 'codesearch.repository'::regclass) then
        perform protect_table(embedding_table(model_version_id)::regclass);
    end if;
end
$$;
comment on function create_embedding_table(int, int) is 'Creates the typed table for a model version''s embeddings.';
revoke all on function create_embedding_table(int, int) from public;
