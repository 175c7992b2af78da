-- What a symbol may mean: its definitions, each with how sure that is. By exact case where there is one, else folded; a
-- qualified symbol by what the definition's module and scope end with, else by what they have in the same order.
-- Several definitions share the confidence.
create or replace function symbol_definitions(asked text, scope search_scope)
returns table (
    chunk_id bigint, ordinal int, repository_id int, version_id bigint, name text, owner text, symbol text, kind text,
    path text, path_flags text [], line int, confidence float8
)
language plpgsql stable rows 20
set search_path from current
as $$
#variable_conflict use_column
declare
    parts text [] := symbol_parts(asked);
    wanted text := parts [cardinality(parts)];
    qualifier text := array_to_string(parts [:cardinality(parts) - 1], '.');
    names text [] := array[wanted];
    folded boolean := not exists (select from chunk_reference r where r.repository_id = any(scope.repositories)
        and r.name = wanted and r.kind = 'definition');
begin
    if folded then
        names := array(select distinct r.name from chunk_reference r
            where r.repository_id = any(scope.repositories) and r.name_key = lower(wanted) limit 100);
        qualifier := lower(qualifier);
    end if;
    return query
    with found as materialized (
        select d.*, case when qualifier = '' or ends_with_name(m.module, qualifier) then 1.0
                    -- What is taken from a package is often defined further down, but seldom inside of a class.
                    when is_within(qualifier, m.module)
                    then case when d.owner = '' or ends_with_name(qualifier, d.owner) then 0.9 else 0.8 end end as fit,
               -- A signature, and what only extends a type, give way to the definition; a file to what is in it.
               (d.role in ('declaration', 'extension'))::int + 2 * (d.kind = 'module')::int as tier
        from named_definitions(names, scope) d
        cross join lateral (select case when folded then lower(d.module) else d.module end as module) m
    ), fitting as (
        select f.*, max(f.fit) over () as best, min(f.tier) over () as first from found f where f.fit is not null
    )
    select f.chunk_id, f.ordinal, f.repository_id, f.version_id, f.name, f.owner, f.symbol, f.kind, f.path,
           f.path_flags, f.line,
           f.fit::float8 * case when folded then 0.8 else 1 end * case when f.tier > f.first then 0.5 else 1 end
               / count(*) over (partition by f.tier)
    from fitting f where f.fit = f.best;
end
$$;
comment on function symbol_definitions(text, search_scope) is
'What a symbol may mean: its definitions, each with how sure that is.';
