-- References as rows of code: one for each line that they stand on, surest first. Where a file was indexed before lines
-- were kept, line and text are null.
create or replace function placed_references(
    chunks bigint [], kinds text [], lines jsonb [], confidences float8 [], scope search_scope, repository text, k int
)
returns setof code_place
language sql stable rows 50
set search_path from current
as $$
    with place as materialized (
        select g.kind, g.confidence, c.chunk_id, c.version_id, c.symbol, v.path, v.path_flags, r.name,
               c.start_line + l.line as line
        from unnest(chunks, kinds, lines, confidences) as g(chunk_id, kind, lines, confidence)
        join chunk c on c.chunk_id = g.chunk_id
        join file_version v on v.version_id = c.version_id
        join repository r on r.repository_id = c.repository_id
        left join lateral (select e.value::int as line from jsonb_array_elements_text(g.lines) as e(value)) l on true
        order by g.confidence desc, cardinality(v.path_flags), r.name, v.path, c.start_line + l.line nulls first,
            g.kind, c.chunk_id
        limit k
    )
    select coalesce(placed_references.repository, p.name), p.path, p.line, p.chunk_id, p.kind, p.symbol,
           source_line(p.version_id, scope.branches, p.line), p.confidence
    from place p
    order by p.confidence desc, cardinality(p.path_flags), p.name, p.path, p.line nulls first, p.kind, p.chunk_id
$$;
comment on function placed_references(bigint [], text [], jsonb [], float8 [], search_scope, text, int) is
'References as rows of code: one for each line that they stand on, surest first.';
