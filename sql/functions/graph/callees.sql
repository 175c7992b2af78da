-- What a chunk calls, as far as it is defined in the repository: the place of each definition, in the order of the
-- calls, and the line of the call. Rows of one line are several definitions that it may mean.
create or replace function callees(
    chunk_id bigint, k int default 100, repository text default null, min_confidence float8 default 0.25
)
returns setof code_call
language plpgsql stable rows 20
set search_path from current
as $$
#variable_conflict use_column
declare
    scope search_scope;
    names text [];
begin
    perform check_row_count(callees.k, setting_number('search.max_results')::int);
    scope := chunk_scope(callees.chunk_id, callees.repository);
    names := array(select distinct r.name from chunk_reference r
        where r.chunk_id = callees.chunk_id and r.kind = 'call');
    return query
    select coalesce(callees.repository, n.name), d.path, d.line, d.chunk_id, d.kind, d.symbol,
           source_line(d.version_id, scope.branches, d.line), r.confidence, g.start_line + l.line
    from resolved_references(names, scope, array[callees.chunk_id]) r
    join named_definitions(names, scope) d on d.chunk_id = r.definition_chunk_id and d.ordinal = r.definition_ordinal
    join repository n on n.repository_id = d.repository_id
    join chunk g on g.chunk_id = r.chunk_id
    left join unnest(r.lines) as l(line) on true
    where r.kind = 'call' and r.confidence >= min_confidence
    order by g.start_line + l.line nulls first, r.confidence desc, d.path, d.line
    limit callees.k;
end
$$;
comment on function callees(bigint, int, text, float8) is
'What a chunk calls, as far as it is defined in the repository, with the line of each call.';
