-- Usages of a name that no file of the searched repositories defines: by what it is imported from where the symbol says
-- that (json.dumps), else by the name alone.
create or replace function unresolved_usages(parts text [], k int, scope search_scope, repository text)
returns setof code_place
language sql stable rows 50
set search_path from current
as $$
    select p.*
    from (select array_agg(r.chunk_id) as chunks, array_agg(r.kind) as kinds, array_agg(to_jsonb(r.lines)) as lines,
                 array_agg(case when g.qualifier = '' then 0.5 when r.origin = '' then 0.3 else 0.9 end::float8)
                     as confidences
          from chunk_reference r
          join chunk c on c.chunk_id = r.chunk_id,
               (select array_to_string(parts [:cardinality(parts) - 1], '.') as qualifier) g
          where r.repository_id = any(scope.repositories) and r.name = parts [cardinality(parts)]
              and r.kind <> 'definition'
              and (g.qualifier = '' or ends_with_name(r.origin, g.qualifier) or is_within(g.qualifier, r.origin)
                   or r.origin = '' and ends_with_name(r.qualifier, g.qualifier))
              and (select true from source_file f
                  where f.version_id = c.version_id and f.branch_id = any(scope.branches) limit 1)) u
    cross join lateral placed_references(u.chunks, u.kinds, u.lines, u.confidences, scope,
        unresolved_usages.repository, unresolved_usages.k) p
$$;
comment on function unresolved_usages(text [], int, search_scope, text) is
'Usages of a name that no file of the searched repositories defines.';
