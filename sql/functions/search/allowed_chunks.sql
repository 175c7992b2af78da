-- The chunks that pass a filter, where the planner expects few enough to score each exactly; null where it expects more. sharing: see
-- searched_repositories.
create or replace function allowed_chunks(repositories int [], filters jsonb, sharing int default null) returns bigint []
language plpgsql stable
set search_path from current
as $$
declare
    most int := setting_number('vector.exact_below');
    chunks bigint;
    found_ids bigint [];
begin
    -- By repository alone the count is known; other filters are tried up to the limit.
    select sum(s.chunk_count) into chunks from lexical_statistic s
    where s.repository_id = any(repositories) and s.level = (filters ->> 'level')::smallint;
    if filters - 'level' = '{}' and chunks > most or chunks > 40 * most then
        return null;
    end if;
    select array_agg(a.chunk_id) into found_ids
    from (select c.chunk_id from source_file f join chunk c on c.file_id = f.file_id
          where f.repository_id = any(repositories)
            and (sharing is null or f.repository_id = sharing
                 or (select true from source_file s where s.base_file_id = f.file_id and s.repository_id = sharing limit 1))
            and passes_filters(c.level, c.kind, f.language, f.path, c.symbol, filters)
          limit most + 1) a;
    if cardinality(found_ids) > most then
        return null;
    end if;
    return coalesce(found_ids, '{}');
end
$$;
comment on function allowed_chunks(int [], jsonb, int) is 'The chunks that pass a filter, where they are few enough to score each exactly.';
