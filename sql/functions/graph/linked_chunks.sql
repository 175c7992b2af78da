-- What some chunks are linked to by the code graph, in both directions: what they call, use, import and inherit from,
-- what does so with them, the members of a class or a function, and the overrides of a method. written_at is the
-- line that says so. Names that are defined or used all over say nothing and would cost most: they are left out.
create or replace function linked_chunks(chunks bigint [], scope search_scope)
returns table (via bigint, chunk_id bigint, relation text, written_at text, confidence float8)
language plpgsql stable rows 200
set search_path from current
as $$
#variable_conflict use_column
declare
    most_definitions constant int := 200;
    most_references constant int := 1000;
    used text [];
    defined text [];
begin
    used := array(select n.name from (select distinct r.name, r.repository_id from chunk_reference r
            where r.chunk_id = any(chunks) and r.kind <> 'definition') n
        where (select count(*) from (select from chunk_reference d where d.repository_id = n.repository_id
            and d.name = n.name and d.kind = 'definition' limit most_definitions + 1) d) <= most_definitions);
    defined := array(select n.name from (select distinct r.name, r.repository_id from chunk_reference r
            where r.chunk_id = any(chunks) and r.kind = 'definition') n
        where (select count(*) from (select from chunk_reference u where u.repository_id = n.repository_id
            and u.name = n.name limit most_references + 1) u) <= most_references);
    return query
    with link as (
        select r.chunk_id as via, r.definition_chunk_id as chunk_id, r.chunk_id as written_in, r.lines, r.confidence,
               reference_verb(r.kind) as relation
        from resolved_references(used, linked_chunks.scope, chunks) r
        union all
        select r.definition_chunk_id, r.chunk_id, r.chunk_id, r.lines, r.confidence,
               case r.kind when 'call' then 'is called by' when 'use' then 'is used by'
                   when 'import' then 'is imported by' else 'is inherited by' end
        from resolved_references(defined, linked_chunks.scope) r where r.definition_chunk_id = any(chunks)
        union all
        select c.chunk_id, m.chunk_id, m.chunk_id, null, 1, 'has'
        from chunk c join chunk m on m.version_id = c.version_id
        where c.chunk_id = any(chunks) and c.symbol <> '' and c.kind <> 'block' and m.level = 0 and m.scope = c.symbol
        union all
        select c.chunk_id, d.chunk_id, d.chunk_id, null, 0.9, 'is overridden by'
        from chunk c
        cross join lateral heirs(array[regexp_replace(c.scope, '^.*\.', '')], linked_chunks.scope) h
        join named_definitions(defined, linked_chunks.scope) d
            on d.repository_id = c.repository_id and d.name = c.name and d.owner = h.heir
        where c.chunk_id = any(chunks) and c.kind = 'method' and h.repository_id = c.repository_id and h.steps > 0
    )
    select l.via, l.chunk_id, l.relation, v.path || ':' || w.start_line + coalesce(l.lines [1], 0), l.confidence
    from link l
    join chunk w on w.chunk_id = l.written_in
    join file_version v on v.version_id = w.version_id
    where l.via <> l.chunk_id;
end
$$;
comment on function linked_chunks(bigint [], search_scope) is
'What some chunks are linked to by the code graph, in both directions.';
