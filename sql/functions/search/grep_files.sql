-- The files that grep reads, in its order, from a place on. Where the inverted index knows which versions have the
-- pattern's words, others are left out, but not those that it does not know whole: files changed since they were
-- indexed, chunks of which it has the beginning (chunk_lexemes), notebooks, of which it has the cells.
create or replace function grep_files(
    scope search_scope, repository text, filters jsonb, versions bigint [], after jsonb
)
returns table (file_id bigint, repository_id int, shown_repository text, path text, version_id bigint)
language sql stable rows 1000
set search_path from current
as $$
    select f.file_id, f.repository_id, n.name, f.path, case when i.is_indexed then f.version_id end
    from source_file f
    join repository r on r.repository_id = f.repository_id
    left join file_version v on v.version_id = f.version_id
    cross join lateral (select coalesce(grep_files.repository, r.name) collate "C" as name) n
    cross join lateral (select coalesce((v.path, v.content_hash) = (f.path, f.content_hash), false) as is_indexed) i
    where f.branch_id = any(scope.branches)
      and (filters ->> 'path' is null or f.path ~ (filters ->> 'path'))
      and (filters ->> 'language' is null or v.language = filters ->> 'language')
      and (versions is null or f.version_id in (select u from unnest(versions) u) or not i.is_indexed
           or f.size_bytes >= 200000 or lower(f.path) like '%.ipynb')
      and (after is null or (n.name, f.path) >= ((after ->> 0) collate "C", (after ->> 1) collate "C"))
    order by n.name, f.path
$$;
comment on function grep_files(search_scope, text, jsonb, bigint [], jsonb) is
'The files that grep reads, in its order, from a place on.';
