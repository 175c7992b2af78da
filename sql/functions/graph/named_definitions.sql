-- The definitions of some names in the files of the branches that are searched, where they are in the graph: module is
-- the repository's name and what the definition is a name of, with dots; line is that of the name.
create or replace function named_definitions(names text [], scope search_scope)
returns table (
    chunk_id bigint, ordinal int, repository_id int, version_id bigint, name text, owner text, module text, scope text,
    kind text, role text, symbol text, path text, path_flags text [], line int
)
language sql stable rows 100
set search_path from current
as $$
    select r.chunk_id, r.ordinal, r.repository_id, c.version_id, r.name, r.owner,
           concat_ws('.', n.name, nullif(coalesce(nullif(r.origin, ''), r.qualifier), '')), r.qualifier,
           case when r.name = c.name and r.qualifier = c.scope then c.kind else 'name' end, c.role,
           concat_ws('.', nullif(r.qualifier, ''), r.name), v.path, v.path_flags,
           c.start_line + coalesce(r.lines [1], 0)
    from chunk_reference r
    join chunk c on c.chunk_id = r.chunk_id
    join file_version v on v.version_id = c.version_id
    join repository n on n.repository_id = r.repository_id
    where r.repository_id = any((named_definitions.scope).repositories) and r.name = any(names)
        and r.kind = 'definition'
        and (select true from source_file f
            where f.version_id = c.version_id and f.branch_id = any((named_definitions.scope).branches) limit 1)
$$;
comment on function named_definitions(text [], search_scope) is
'The definitions of some names in the files of the branches that are searched.';
