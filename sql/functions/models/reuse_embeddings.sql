-- Gives the texts of some files the vectors that the same texts have elsewhere: on another branch, in another repository.
-- SECURITY DEFINER: identical text may stand in a repository that the caller can't see; only vectors are copied, of
-- texts that the caller's own files hold, so nothing is learnt that embedding would not tell, save that it was quick.
create or replace function reuse_embeddings(model_version_id int, files bigint []) returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    reused int;
begin
    execute format(
        'insert into %1$s (chunk_id, unit, repository_id, text_hash, token_count, kept_tokens, embedding)
         select m.chunk_id, m.unit, m.repository_id, m.text_hash, e.token_count, e.kept_tokens, e.embedding
         from (select t.chunk_id, t.unit, t.repository_id, t.text_hash
               from codesearch.chunk c
               join codesearch.chunk_text t on t.chunk_id = c.chunk_id
               where c.file_id = any($1)
                 and not exists (select from %1$s o where o.chunk_id = t.chunk_id and o.unit = t.unit)
               order by t.chunk_id, t.unit
               for key share of c, t skip locked) m
         cross join lateral (select s.token_count, s.kept_tokens, s.embedding from %1$s s
                             where s.text_hash = m.text_hash limit 1) e
         on conflict (chunk_id, unit, repository_id) do nothing', embedding_table(model_version_id))
    using files;
    get diagnostics reused = row_count;
    return reused;
end
$$;
comment on function reuse_embeddings(int, bigint []) is 'Gives texts of some files the vectors that the same texts have elsewhere.';
revoke all on function reuse_embeddings(int, bigint []) from public;
