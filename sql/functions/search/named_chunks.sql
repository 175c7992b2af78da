-- Chunks whose name is written in the query, or is the query; first what a qualified name means. The names stand in a
-- variable: in the statement they would be computed again for every row.
create or replace function named_chunks(query text, scope search_scope, filters jsonb, wanted int) returns bigint []
language plpgsql stable
set search_path from current
as $$
declare
    names text [] := query_names(query);
    scoped text [] := array(select n from unnest(names) n where position('.' in n) > 0);
begin
    if names = '{}' then
        return null;
    end if;
    return (
        select array_agg(n.chunk_id)
        from (select c.chunk_id
              from searched_chunks(scope.branches, filters) c
              where c.repository_id = any(scope.repositories) and c.level = 0 and c.name <> ''
                  and c.name_key = any(names)
              order by scoped <> '{}' and (select bool_or(is_named(s.symbol, n))
                                           from unnest(scoped) n join chunk s on s.chunk_id = c.chunk_id) desc,
                       cardinality(c.path_flags), c.chunk_id
              limit wanted) n);
end
$$;
comment on function named_chunks(text, search_scope, jsonb, int) is
'Chunks whose name is written in the query, or is the query.';
