-- The texts of some versions of files that have no vector of a model version yet.
create or replace function pending_texts(model_version_id int, versions bigint [])
returns table (version_id bigint, chunk_id bigint, unit smallint, repository_id int, text_hash uuid, text text)
language plpgsql stable
set search_path from current
as $$
begin
    return query execute format(
        'select c.version_id, t.chunk_id, t.unit, t.repository_id, t.text_hash, s.text
         from codesearch.chunk c
         join codesearch.chunk_text t on t.chunk_id = c.chunk_id
         join codesearch.stored_text s on s.text_hash = t.text_hash
         where c.version_id = any($1)
           and not exists (select from %s e where e.text_hash = t.text_hash)
         order by t.chunk_id, t.unit', embedding_table(model_version_id))
    using versions;
end
$$;
comment on function pending_texts(int, bigint []) is
'The texts of some versions of files that have no vector of a model version yet.';
