-- The definitions of a branch by importance, with the chunks that call their names.
create or replace function ranked_definitions(scope search_scope, filters jsonb)
returns table (
    path text, start_line int, end_line int, kind text, symbol text, signature text, chunk_id bigint, importance float8
)
language sql stable rows 1000
set search_path from current
as $$
    with definition as materialized (
        select v.path, v.path_flags, c.start_line, c.end_line, c.kind, c.name, c.symbol, c.signature, c.chunk_id,
               c.repository_id, count(*) over (partition by c.name) as definitions
        from source_file f
        join file_version v on v.version_id = f.version_id
        join chunk c on c.version_id = v.version_id
        where f.branch_id = any(scope.branches) and c.kind in ('function', 'method', 'class') and c.name <> ''
          and c.role = 'definition' and passes_filters(c.level, c.kind, c.entity, v.language, v.path, c.symbol, filters)
    ), called as materialized (
        select l.name, count(distinct l.chunk_id) as callers
        from chunk_reference l
        where l.repository_id = any(scope.repositories) and l.kind = 'call'
          and exists (select from searched_chunks(scope.branches) s where s.chunk_id = l.chunk_id)
        group by l.name
    )
    select d.path, d.start_line, d.end_line, d.kind, d.symbol,
           left(regexp_replace(coalesce(nullif(d.signature, ''), d.symbol), '\s+', ' ', 'g'), 160), d.chunk_id,
           i.importance
    from definition d
    left join called l on l.name = d.name
    left join chunk_importance m on m.chunk_id = d.chunk_id
    cross join lateral definition_importance(coalesce(l.callers, 0), d.definitions, m.score, d.kind, d.name,
        d.path_flags) as i(importance)
    order by i.importance desc, d.path, d.start_line, d.chunk_id
$$;
comment on function ranked_definitions(search_scope, jsonb) is
'The definitions of a branch by importance, with the chunks that call their names.';
