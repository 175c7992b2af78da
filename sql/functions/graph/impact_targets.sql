-- What is to change: the definitions that a symbol may mean; of a line of a file (src/app.py:40) the definition around
-- it; of a file all its definitions, and the file itself, which may have none.
create or replace function impact_targets(asked text, scope search_scope) returns setof impact_target
language plpgsql stable rows 20
set search_path from current
as $$
#variable_conflict use_column
declare
    place text [] := regexp_match(asked, '^(?:\./)*(.+?)(?::(\d{1,9}))?(?::\d+)?$');
begin
    return query
    select d.chunk_id, d.ordinal, f.repository_id, f.version_id, d.name, d.symbol, d.kind, f.path, d.line, 1.0::float8,
           place [2] is null
    from source_file f
    left join lateral (
        select r.chunk_id, r.ordinal, r.name::text, c.symbol::text, c.kind,
               c.start_line + coalesce(r.lines [1], 0) as line
        from chunk c join chunk_reference r on r.chunk_id = c.chunk_id and r.kind = 'definition'
        where c.version_id = f.version_id and c.level = 0
            and (place [2] is null
                 or r.name = c.name and c.chunk_id = (chunk_at(f.version_id, place [2]::int)).chunk_id)) d on true
    where f.branch_id = any(scope.branches) and f.path = place [1] and f.version_id is not null;
    if not found then
        return query
        select d.chunk_id, d.ordinal, d.repository_id, d.version_id, d.name, d.symbol, d.kind, d.path, d.line,
               d.confidence, false
        from symbol_definitions(asked, scope) d where d.kind <> 'module' or d.confidence >= 0.5;
    end if;
end
$$;
comment on function impact_targets(text, search_scope) is 'What is to change: of a symbol, a line of a file or a file.';
