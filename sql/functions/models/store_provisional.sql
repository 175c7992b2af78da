-- Stores provisional vectors of texts that the writer's repositories hold and the model has not embedded meanwhile;
-- returns how many there are now.
create or replace function store_provisional(model_version_id int, text_hashes uuid [], embeddings halfvec [])
returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    held uuid [];
begin
    perform check_embeddings(model_version_id, embeddings);
    execute format(
        'with held as materialized (
             select distinct on (n.text_hash) n.text_hash, n.embedding
             from unnest($1, $2) as n(text_hash, embedding)
             join codesearch.chunk_text t on t.text_hash = n.text_hash and t.repository_id = any($3)
             where not exists (select from %s e where e.text_hash = n.text_hash)
             order by n.text_hash),
         locked as materialized (
             select h.* from held h join codesearch.stored_text s on s.text_hash = h.text_hash
             for key share of s skip locked),
         stored as (
             insert into codesearch.provisional_embedding (text_hash, model_version_id, embedding)
             select l.text_hash, $4, l.embedding from locked l
             on conflict do nothing returning text_hash)
         select coalesce(array_agg(s.text_hash), ''{}'') from stored s', embedding_table(model_version_id))
    into held using text_hashes, embeddings, writable_repositories(), model_version_id;
    perform note_new_vectors(held);
    return cardinality(held);
end
$$;
comment on function store_provisional(int, uuid [], halfvec []) is
'Stores provisional vectors of texts that a model version has not embedded yet.';
revoke all on function store_provisional(int, uuid [], halfvec []) from public;
