-- The chunks that pass a filter, where the planner expects few enough to score each exactly; null where it expects
-- more. Planned for the branches that are asked: a plan for any branches reads the chunks of all repositories.
create or replace function allowed_chunks(scope search_scope, filters jsonb) returns bigint []
language plpgsql stable
set search_path from current
set plan_cache_mode = 'auto'
as $$
declare
    most int := setting_number('vector.exact_below');
    chunks bigint;
    found_ids bigint [];
begin
    -- By repository alone the count is known; other filters are tried up to the limit.
    select sum(s.chunk_count) into chunks from lexical_statistic s
    where s.repository_id = any(scope.repositories) and s.level = (filters ->> 'level')::smallint;
    if filters - 'level' = '{}' and chunks > most or chunks > 40 * most then
        return null;
    end if;
    select array_agg(a.chunk_id) into found_ids
    from (select c.chunk_id
          from source_file f
          join file_version v on v.version_id = f.version_id
          join chunk c on c.version_id = v.version_id
          where f.branch_id = any(scope.branches)
              and passes_filters(c.level, c.kind, c.entity, v.language, v.path, c.symbol,
          filters)
          limit most + 1) a;
    if cardinality(found_ids) > most then
        return null;
    end if;
    return coalesce(found_ids, '{}');
end
$$;
comment on function allowed_chunks(search_scope, jsonb) is
'The chunks that pass a filter, where they are few enough to score each exactly.';
