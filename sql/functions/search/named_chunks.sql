-- Chunks whose name is written in the query, or is the query; first what a qualified name means. Names are looked up in
-- chunk itself: a column of searched_chunks has lost the collation that the index of names has.
create or replace function named_chunks(asked query_parts, scope search_scope, filters jsonb, wanted int)
    returns bigint []
language plpgsql stable
set search_path from current
as $$
begin
    if asked.names = '{}' then
        return null;
    end if;
    return (
        select array_agg(n.chunk_id)
        from (select c.chunk_id
              from chunk x
              join searched_chunks(scope.branches, filters) c on c.chunk_id = x.chunk_id
              where x.repository_id = any(scope.repositories) and x.level = 0 and x.name <> ''
                  and x.name_key = any(asked.names)
              order by asked.qualified <> '{}' and (select bool_or(is_named(s.symbol, n))
                                           from unnest(asked.qualified) n join chunk s on s.chunk_id = c.chunk_id) desc,
                       cardinality(c.path_flags), c.chunk_id
              limit wanted) n);
end
$$;
comment on function named_chunks(query_parts, search_scope, jsonb, int) is
'Chunks whose name is written in the query, or is the query.';
