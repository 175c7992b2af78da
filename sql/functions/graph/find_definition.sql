-- Where a symbol is defined, surest first: 'send', 'Session.send', 'Session#send', 'sessions.Session.send'. One row a
-- definition, with the line of its name. Runs as the caller; a name that is not there has no rows.
create or replace function find_definition(
    symbol text, k int default 50, repository text default null, min_confidence float8 default 0
)
returns setof code_place
language plpgsql stable rows 10
set search_path from current
as $$
#variable_conflict use_column
declare
    scope search_scope;
begin
    perform check_symbol(find_definition.symbol, find_definition.k);
    scope := scope_of(find_definition.repository);
    return query
    select coalesce(find_definition.repository, r.name), d.path, d.line, d.chunk_id, d.kind, d.symbol,
           source_line(d.version_id, scope.branches, d.line), d.confidence
    from symbol_definitions(find_definition.symbol, scope) d
    join repository r on r.repository_id = d.repository_id
    where d.confidence >= min_confidence
    order by d.confidence desc, cardinality(d.path_flags), r.name, d.path, d.line
    limit find_definition.k;
end
$$;
comment on function find_definition(text, int, text, float8) is 'Where a symbol is defined, surest first.';
