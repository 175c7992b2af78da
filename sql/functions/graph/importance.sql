-- The definitions that most of the code leads to, as the last maintenance measured it on the default branches, without
-- tests, examples and the like.
create or replace function importance(repository text default null, k int default 50)
returns setof code_rank
language plpgsql stable rows 50
set search_path from current
as $$
#variable_conflict use_column
declare
    scope search_scope := scope_of(importance.repository);
begin
    perform check_row_count(importance.k, setting_number('search.max_results')::int);
    return query
    select coalesce(importance.repository, n.name), v.path, d.line, c.chunk_id, c.kind, c.symbol,
           source_line(c.version_id, scope.branches, d.line), i.score::float8
    from chunk_importance i
    join chunk c on c.chunk_id = i.chunk_id
    join file_version v on v.version_id = c.version_id
    join repository n on n.repository_id = i.repository_id
    cross join lateral (select c.start_line + coalesce(min(r.lines [1]), 0) as line from chunk_reference r
        where r.chunk_id = c.chunk_id and r.kind = 'definition' and r.name = c.name) d
    where i.repository_id = any(scope.repositories) and c.name <> '' and c.level = 0
        and not v.path_flags && '{test,example,generated,vendored,legacy,docs}'
        and (select true from source_file f
            where f.version_id = c.version_id and f.branch_id = any(scope.branches) limit 1)
    order by i.score desc, n.name, v.path, d.line
    limit importance.k;
end
$$;
comment on function importance(text, int) is 'The definitions that most of the code leads to.';
