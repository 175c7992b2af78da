-- Which of some chunks are copies: an older chunk, of another repository among those that are searched, has the same whole
-- text, path and names included. As on two branches of one project.
create or replace function copied_chunks(chunk_ids bigint [], repositories int []) returns bigint []
language sql stable
set search_path from current
as $$
    select coalesce(array_agg(t.chunk_id), '{}')
    from chunk_text t
    where t.chunk_id = any(chunk_ids) and t.unit = 0
      and exists (select from chunk_text o
                  where o.text_hash = t.text_hash and o.unit = 0 and o.chunk_id < t.chunk_id and o.repository_id <> t.repository_id
                    and o.repository_id = any(repositories))
$$;
comment on function copied_chunks(bigint [], int []) is
'Which of some chunks have the whole text of an older chunk of another repository that is searched.';
