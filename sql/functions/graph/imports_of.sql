-- What a file imports, in the order of its lines: the module and name as the file says, what it is called here, and
-- where it is defined when that is in the repository. path is exact, as search returns it.
create or replace function imports_of(path text, repository text default null, k int default 500)
returns setof code_import
language plpgsql stable rows 20
set search_path from current
as $$
#variable_conflict use_column
declare
    scope search_scope := scope_of(imports_of.repository);
    chunks bigint [];
    names text [];
begin
    perform check_row_count(imports_of.k, setting_number('search.max_results')::int);
    chunks := array(select c.chunk_id from source_file f join chunk c on c.version_id = f.version_id
        where f.branch_id = any(scope.branches) and f.path = imports_of.path and c.level = 0);
    names := array(select distinct r.name from chunk_reference r
        where r.chunk_id = any(chunks) and r.kind = 'import');
    return query
    with target as materialized (
        select r.chunk_id as importing, r.ordinal as place, r.confidence, d.path, d.line, d.chunk_id
        from resolved_references(names, scope, chunks) r
        join named_definitions(names, scope) d
            on d.chunk_id = r.definition_chunk_id and d.ordinal = r.definition_ordinal
        where r.kind = 'import'
    )
    select coalesce(imports_of.repository, n.name), v.path, c.start_line + l.line, c.chunk_id, r.name,
           source_line(c.version_id, scope.branches, c.start_line + l.line), coalesce(t.confidence, 1),
           r.origin, nullif(r.alias, ''), t.path, t.line, t.chunk_id
    from chunk_reference r
    join chunk c on c.chunk_id = r.chunk_id
    join file_version v on v.version_id = c.version_id
    join repository n on n.repository_id = r.repository_id
    left join unnest(r.lines) as l(line) on true
    left join target t on t.importing = r.chunk_id and t.place = r.ordinal
    where r.chunk_id = any(chunks) and r.kind = 'import'
    order by n.name, c.start_line + l.line, r.ordinal, t.confidence desc, t.path
    limit imports_of.k;
end
$$;
comment on function imports_of(text, text, int) is
'What a file imports, with lines, and where each is defined when that is in the repository.';
