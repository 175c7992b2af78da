-- What implements or inherits from a symbol. Of a class, interface or trait: the classes that name it as a base, and
-- their heirs; of a method: the methods of that name in classes that inherit from its class. What only has the same
-- shape, as Go's interfaces allow, is not seen.
create or replace function find_implementations(
    symbol text, k int default 100, repository text default null, min_confidence float8 default 0.25
)
returns setof code_place
language plpgsql stable rows 20
set search_path from current
as $$
#variable_conflict use_column
declare
    scope search_scope;
begin
    perform check_symbol(find_implementations.symbol, find_implementations.k);
    scope := scope_of(find_implementations.repository);
    return query
    with asked as materialized (
        select * from symbol_definitions(find_implementations.symbol, scope) d where d.kind <> 'module'
    ), line as materialized (
        select h.*, a.chunk_id as asked_id
        from asked a
        cross join lateral heirs(array[case when a.kind = 'class' then a.name else a.owner end], scope) h
        where (a.kind = 'class' or a.owner <> '') and h.repository_id = a.repository_id
    ), found as (
        select l.repository_id, l.steps, d.chunk_id, d.version_id, d.kind, d.symbol, d.path, d.path_flags, d.line
        from line l
        join asked a on a.chunk_id = l.asked_id
        join named_definitions(array(select case when i.kind = 'class' then h.heir else i.name end
                                     from line h join asked i on i.chunk_id = h.asked_id), scope) d
            on d.repository_id = l.repository_id and d.chunk_id <> a.chunk_id
            -- A class may have several chunks, as Rust's impl blocks are: that which says what it inherits.
            and case when a.kind <> 'class' then d.name = a.name and d.owner = l.heir
                else d.name = l.heir and d.kind = 'class' and exists (select from chunk_reference r
                    where r.chunk_id = d.chunk_id and r.kind = 'inherits'
                        and r.name in (select h.heir from line h where h.asked_id = l.asked_id)) end
        where l.steps > 0
    ), placed as (
        select f.chunk_id, min(f.steps) as steps, f.version_id, f.kind, f.symbol, f.path, f.path_flags, f.line,
               f.repository_id, (0.95 - 0.05 * least(min(f.steps), 8)) / count(*) over (partition by f.symbol) as sure
        from found f group by f.chunk_id, f.version_id, f.kind, f.symbol, f.path, f.path_flags, f.line, f.repository_id
    )
    select coalesce(find_implementations.repository, r.name), p.path, p.line, p.chunk_id, p.kind, p.symbol,
           source_line(p.version_id, scope.branches, p.line), p.sure::float8
    from placed p join repository r on r.repository_id = p.repository_id
    where p.sure >= min_confidence
    order by p.sure desc, cardinality(p.path_flags), r.name, p.path, p.line
    limit find_implementations.k;
end
$$;
comment on function find_implementations(text, int, text, float8) is
'What implements or inherits from a class, interface or trait, or overrides a method.';
