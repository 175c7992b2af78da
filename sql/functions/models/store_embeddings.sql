-- Stores vectors of one model version; a vector whose text changed meanwhile is dropped, its file has a newer job. So is
-- one whose chunk is being replaced right now: waiting with others in hand could deadlock with replace_chunks.
create or replace function store_embeddings(
    model_version_id int, chunk_ids bigint [], units smallint [], text_hashes uuid [],
    token_counts int [], kept_tokens int [], embeddings halfvec []
) returns int
language plpgsql volatile
set search_path from current
as $$
declare
    stored int;
    expected int := (select m.dimension from model_version m where m.model_version_id = store_embeddings.model_version_id);
    given int := (select max(vector_dims(e)) from unnest(embeddings) e);
begin
    if given is distinct from expected and cardinality(embeddings) > 0 then
        raise exception using errcode = 'CS003',
            message = format('embeddings have %s dimensions, model version %s has %s', given, model_version_id, expected),
            hint = 'embed with the model that codesearch.model_version names';
    end if;
    execute format(
        'insert into %1$s as e (chunk_id, unit, repository_id, text_hash, token_count, kept_tokens, embedding)
         select t.chunk_id, t.unit, t.repository_id, t.text_hash, n.token_count, n.kept_tokens, n.embedding
         from unnest($1, $2, $3, $4, $5, $6) as n(chunk_id, unit, text_hash, token_count, kept_tokens, embedding)
         join codesearch.chunk_text t on t.chunk_id = n.chunk_id and t.unit = n.unit and t.text_hash = n.text_hash
         join codesearch.chunk c on c.chunk_id = t.chunk_id
         for key share of c, t skip locked
         on conflict (chunk_id, unit, repository_id) do update
             set text_hash = excluded.text_hash, embedding = excluded.embedding,
                 token_count = excluded.token_count, kept_tokens = excluded.kept_tokens
             where e.text_hash is distinct from excluded.text_hash', embedding_table(model_version_id))
    using chunk_ids, units, text_hashes, token_counts, kept_tokens, embeddings;
    get diagnostics stored = row_count;
    return stored;
end
$$;
comment on function store_embeddings(int, bigint [], smallint [], uuid [], int [], int [], halfvec []) is
'Stores vectors of one model version for texts that are still the chunks'' own.';
