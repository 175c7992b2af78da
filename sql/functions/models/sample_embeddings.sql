-- A sample of a model version's vectors with the texts they are of, whole chunks only. It is drawn by the hash of the
-- text, so that two models are compared on the same code.
create or replace function sample_embeddings(model_version_id int, most int)
    returns table (text text, embedding halfvec)
language plpgsql stable rows 1000
set search_path from current
as $$
begin
    return query execute format(
        'select s.text, e.embedding
         from %s e join chunk_text t using (text_hash) join stored_text s using (text_hash)
         where t.unit = 0 order by md5(t.text_hash::text), t.chunk_id limit $1',
        embedding_table(sample_embeddings.model_version_id)) using most;
end
$$;
comment on function sample_embeddings(int, int) is
'A sample of a model version''s vectors with their texts, the same for each model.';
