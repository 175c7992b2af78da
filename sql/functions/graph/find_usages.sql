-- Where a symbol is used: calls, imports, classes that inherit from it, and other reads of its name, each with its
-- line. kind is what the place does with it; symbol, what the place is in. A name that no file of the repository
-- defines is looked up by how it is written and what it is imported from.
create or replace function find_usages(
    symbol text, k int default 100, repository text default null, min_confidence float8 default 0.25
)
returns setof code_place
language plpgsql stable rows 50
set search_path from current
as $$
#variable_conflict use_column
declare
    scope search_scope;
    found_at record;
    parts text [] := symbol_parts(find_usages.symbol);
    definitions jsonb;
begin
    perform check_symbol(find_usages.symbol, find_usages.k);
    scope := scope_of(find_usages.repository);
    select jsonb_agg(distinct jsonb_build_array(d.chunk_id, d.ordinal)), array_agg(distinct d.name) as names
    into found_at from symbol_definitions(find_usages.symbol, scope) d where d.kind <> 'module' or d.confidence >= 0.5;
    if found_at.names is null then
        return query select * from unresolved_usages(parts, find_usages.k, scope, find_usages.repository);
        return;
    end if;
    definitions := found_at.jsonb_agg;
    return query
    select p.*
    from (select array_agg(u.chunk_id) as chunks, array_agg(u.kind) as kinds, array_agg(to_jsonb(u.lines)) as lines,
                 array_agg(u.confidence) as confidences
          from (select r.chunk_id, r.kind, r.lines, max(r.confidence) as confidence
                from resolved_references(found_at.names, scope) r
                where definitions @> jsonb_build_array(jsonb_build_array(r.definition_chunk_id, r.definition_ordinal))
                group by r.chunk_id, r.ordinal, r.kind, r.lines) u
          where u.confidence >= min_confidence) g
    cross join lateral placed_references(g.chunks, g.kinds, g.lines, g.confidences, scope, find_usages.repository,
        find_usages.k) p;
end
$$;
comment on function find_usages(text, int, text, float8) is
'Where a symbol is used: calls, imports, inheritance and other reads, each with its line.';
