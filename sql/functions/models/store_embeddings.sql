-- Stores vectors of one model version, one for each text, and returns how many of the given chunk texts have theirs
-- now. One whose chunk has another text by now is dropped: its file has a newer job. So is one whose text is being
-- collected. A vector that is there already stays: the same text has the same vector, and it may be others' as well.
create or replace function store_embeddings(
    model_version_id int, chunk_ids bigint [], units smallint [], text_hashes uuid [],
    token_counts int [], kept_tokens int [], embeddings halfvec []
) returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    stored int;
    held_hashes uuid [];
begin
    perform check_embeddings(model_version_id, embeddings);
    -- The chunk texts are held: those whose chunk is being replaced are left, because waiting for it with others in
    -- hand could deadlock with replace_chunks.
    execute format(
        'with held as materialized (
             select n.text_hash, n.token_count, n.kept_tokens, n.embedding
             from unnest($1, $2, $3, $4, $5, $6) as n(chunk_id, unit, text_hash, token_count, kept_tokens, embedding)
             join codesearch.chunk_text t on t.chunk_id = n.chunk_id and t.unit = n.unit and t.text_hash = n.text_hash
              and t.repository_id = any($7)
             for key share of t skip locked),
         stored as (
             insert into %1$s (text_hash, token_count, kept_tokens, embedding)
             select distinct on (h.text_hash) h.text_hash, h.token_count, h.kept_tokens, h.embedding
             from held h order by h.text_hash
             on conflict (text_hash) do nothing)
         select count(*), array_agg(distinct text_hash) from held', embedding_table(model_version_id))
    into stored, held_hashes
    using chunk_ids, units, text_hashes, token_counts, kept_tokens, embeddings, writable_repositories();
    delete from provisional_embedding p
    where p.model_version_id = store_embeddings.model_version_id and p.text_hash = any(held_hashes);
    -- Not of all that were given: answers that were kept of another's repository would hold no longer.
    perform note_new_vectors(held_hashes);
    return stored;
end
$$;
comment on function store_embeddings(int, bigint [], smallint [], uuid [], int [], int [], halfvec []) is
'Stores vectors of one model version for texts that are still the chunks'' own.';
revoke all on function store_embeddings(int, bigint [], smallint [], uuid [], int [], int [], halfvec []) from public;
