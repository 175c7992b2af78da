-- Chunks whose name is written in the query, or is the query. The names stand in a variable: in the statement they would be
-- computed again for every row. sharing: see searched_repositories.
create or replace function named_chunks(query text, repositories int [], filters jsonb, wanted int, sharing int default null) returns bigint []
language plpgsql stable
set search_path from current
as $$
declare
    names text [] := query_names(query);
begin
    if names = '{}' then
        return null;
    end if;
    return (
        select array_agg(n.chunk_id)
        from (select c.chunk_id
              from chunk c join source_file f on f.file_id = c.file_id
              where c.repository_id = any(repositories) and c.level = 0 and c.name <> ''
                and c.name_key = any(names)
                and (sharing is null or c.repository_id = sharing
                     or (select true from source_file s where s.base_file_id = c.file_id and s.repository_id = sharing limit 1))
                and passes_filters(c.level, c.kind, f.language, f.path, c.symbol, filters)
              order by cardinality(f.path_flags), c.chunk_id
              limit wanted) n);
end
$$;
comment on function named_chunks(text, int [], jsonb, int, int) is 'Chunks whose name is written in the query, or is the query.';
