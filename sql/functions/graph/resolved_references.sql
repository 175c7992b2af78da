-- What names in chunks mean: each reference by one of these names with the definitions that fit best, which share the
-- confidence. callers, where given, are the only chunks that are looked at.
create or replace function resolved_references(names text [], scope search_scope, callers bigint [] default null)
returns table (
    chunk_id bigint, ordinal int, kind text, lines int [], definition_chunk_id bigint, definition_ordinal int,
    confidence float8
)
language plpgsql stable rows 1000
set search_path from current
-- A plan for any number of names joins everything with everything.
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
    return query
    with definition as materialized (
        select * from named_definitions(names, scope)
    ), line as materialized (
        select h.repository_id, h.base, array_agg(h.heir::text) as heirs, array_agg(h.steps) as steps
        from heirs(array(select distinct d.owner from definition d where d.owner <> ''), scope) h
        where h.steps > 0
        group by 1, 2
    ), target as materialized (
        select d.*, l.heirs, l.steps, regexp_replace(d.path, '[^/]*$', '') as folder
        from definition d left join line l on l.repository_id = d.repository_id and l.base = d.owner
    ), reference as materialized (
        select r.chunk_id, r.ordinal, r.repository_id, r.name, r as row, c.version_id, v.path,
               regexp_replace(v.path, '[^/]*$', '') as folder,
               -- What was indexed by 0.1.0 says nothing of imports.
               r.lines <> '{}' and v.language in ('python', 'javascript', 'typescript', 'tsx', 'html', 'vue', 'svelte',
                   'astro') as strict
        from chunk_reference r
        join chunk c on c.chunk_id = r.chunk_id
        join file_version v on v.version_id = c.version_id
        where r.repository_id = any(scope.repositories) and r.name = any(names) and r.kind <> 'definition'
            and (callers is null or r.chunk_id = any(callers))
            and (select true from source_file f
                where f.version_id = c.version_id and f.branch_id = any(scope.branches) limit 1)
    ), pair as materialized (
        select r.chunk_id, r.ordinal, r.row, t.chunk_id as definition_chunk_id, t.ordinal as definition_ordinal,
               t.module, t.owner,
               reference_score(r.row, r.strict, t.version_id = r.version_id, t.folder = r.folder, t.module, t.owner,
                   t.heirs, t.steps)
                   * case when t.kind = 'module' and (r.row).kind <> 'import' then 0.2 else 1 end as score
        from reference r
        join target t on t.repository_id = r.repository_id and t.name = r.name
    ), best as (
        select p.*, max(p.score) over (partition by p.chunk_id, p.ordinal) as highest from pair p where p.score > 0
    )
    select b.chunk_id, b.ordinal, (b.row).kind, (b.row).lines, b.definition_chunk_id, b.definition_ordinal,
           -- How many symbols share it, as a window counts what is distinct: a join is planned for one row.
           b.score / (dense_rank() over (partition by b.chunk_id, b.ordinal order by b.module, b.owner)
               + dense_rank() over (partition by b.chunk_id, b.ordinal order by b.module desc, b.owner desc) - 1)
    from best b where b.score = b.highest;
end
$$;
comment on function resolved_references(text [], search_scope, bigint []) is
'What names in chunks mean: each reference with the definitions that fit best.';
