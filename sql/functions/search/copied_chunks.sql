-- Which of some chunks are copies: an older chunk, of another repository among those that are searched, has the same
-- whole text, path and names included. PL/pgSQL keeps its plan; before 18 a function in SQL is planned at each call.
create or replace function copied_chunks(chunk_ids bigint [], scope search_scope) returns bigint []
language plpgsql stable
set search_path from current
as $$
#variable_conflict use_column
begin
    return (
        select coalesce(array_agg(t.chunk_id), '{}')
        from chunk_text t
        where t.chunk_id = any(chunk_ids) and t.unit = 0
          and exists (select from chunk_text o join searched_chunks(scope.branches) c on c.chunk_id = o.chunk_id
                      where o.text_hash = t.text_hash and o.unit = 0 and o.chunk_id < t.chunk_id
                          and o.repository_id <> t.repository_id));
end
$$;
comment on function copied_chunks(bigint [], search_scope) is
'Which of some chunks have the whole text of an older chunk of another repository that is searched.';
