-- One table for each model version, typed with its dimension, without its HNSW index: loading first and building
-- the index after is six times faster (ensure_vector_index). Runs as the owner, so that whoever adds a model, the table
-- gets the rights and policies of the others.
create or replace function create_embedding_table(model_version_id int, dimension int) returns void
language plpgsql volatile security definer
set search_path from current
as $$
begin
    execute format(
        'create table %s (
            chunk_id bigint not null,
            unit smallint not null,
            repository_id int not null,
            text_hash uuid not null,
            token_count int not null,
            kept_tokens int not null,
            embedding halfvec(%s) not null,
            primary key (chunk_id, unit, repository_id),
            foreign key (chunk_id, repository_id) references codesearch.chunk (chunk_id, repository_id) on delete cascade
        )', embedding_table(model_version_id), dimension);
    -- TOASTed vectors cost a second look-up for each distance.
    execute format('alter table %s alter embedding set storage plain', embedding_table(model_version_id));
    execute format('create index on %s (repository_id)', embedding_table(model_version_id));
    execute format('create index on %s (text_hash)', embedding_table(model_version_id));
    execute format('comment on table %s is %L', embedding_table(model_version_id),
        'Embeddings of one model version: one for each text of a chunk.');
    perform apply_table_privileges(embedding_table(model_version_id)::regclass);
    if (select c.relrowsecurity from pg_class c where c.oid = 'codesearch.repository'::regclass) then
        perform protect_table(embedding_table(model_version_id)::regclass);
    end if;
end
$$;
comment on function create_embedding_table(int, int) is 'Creates the typed table for a model version''s embeddings.';
revoke all on function create_embedding_table(int, int) from public;
