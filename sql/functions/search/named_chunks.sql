-- Chunks whose name is written in the query, or is the query.
create or replace function named_chunks(query text, repositories int [], filters jsonb, wanted int) returns bigint []
language sql stable
set search_path from current
as $$
    select array_agg(n.chunk_id)
    from (select c.chunk_id
          from chunk c join source_file f on f.file_id = c.file_id
          where c.repository_id = any(repositories) and c.level = 0 and c.name <> ''
            and c.name_key = any(query_names(query))
            and passes_filters(c.level, c.kind, f.language, f.path, filters)
          order by cardinality(f.path_flags), c.chunk_id
          limit wanted) n
$$;
comment on function named_chunks(text, int [], jsonb, int) is 'Chunks whose name is written in the query, or is the query.';
