-- Removes vectors whose text is no longer the chunk's, for the files in incoming_text.
create or replace function forget_stale_embeddings(model_version_id int) returns void
language plpgsql volatile
set search_path from current
as $$
begin
    execute format(
        'delete from %s e using pg_temp.incoming_chunk i
         where e.chunk_id = i.chunk_id and not i.is_new
           and not exists (select from codesearch.chunk_text t
                           where t.chunk_id = e.chunk_id and t.unit = e.unit and t.text_hash = e.text_hash)',
        embedding_table(model_version_id));
end
$$;
comment on function forget_stale_embeddings(int) is 'Removes vectors whose text is no longer the chunk''s.';
revoke all on function forget_stale_embeddings(int) from public;
