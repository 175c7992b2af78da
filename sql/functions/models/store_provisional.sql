-- Stores provisional vectors of texts that the writer's repositories hold and the model has not embedded meanwhile;
-- returns for how many texts.
create or replace function store_provisional(model_version_id int, text_hashes uuid [], embeddings halfvec [])
returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    held uuid [];
begin
    perform check_embeddings(model_version_id, embeddings);
    -- The texts are held: one that is being collected is left.
    execute format(
        'with held as materialized (
             select n.text_hash, n.embedding
             from (select distinct on (1) * from unnest($1, $2) as n(text_hash, embedding) order by 1) n
             join codesearch.stored_text s on s.text_hash = n.text_hash
             where not exists (select from %s e where e.text_hash = n.text_hash)
             for key share of s skip locked),
         stored as (
             insert into codesearch.provisional_embedding (model_version_id, repository_id, text_hash, embedding)
             select distinct on (2, 3) $4, t.repository_id, h.text_hash, h.embedding
             from held h join codesearch.chunk_text t on t.text_hash = h.text_hash and t.repository_id = any($3)
             on conflict do nothing returning text_hash)
         select coalesce(array_agg(distinct s.text_hash), ''{}'') from stored s', embedding_table(model_version_id))
    into held using text_hashes, embeddings, writable_repositories(), model_version_id;
    perform note_new_vectors(held);
    return cardinality(held);
end
$$;
comment on function store_provisional(int, uuid [], halfvec []) is
'Stores provisional vectors of texts that a model version has not embedded yet.';
revoke all on function store_provisional(int, uuid [], halfvec []) from public;
