-- What a search may find, with what its filters ask of: the chunks of versions that a file of one of the branches
-- points to. Every leg and look-up of a search reads chunks through this. Planned in the place of its call: no
-- search_path of its own. Versions are joined by their number alone, which has one repository: with the repository
-- in the condition a planner without statistics reads all versions of it for each chunk. A scalar subquery, because
-- the planner would answer an exists from a hash of all files, made anew for each search.
create or replace function searched_chunks(branches int [], filters jsonb default null)
returns table (
    chunk_id bigint, version_id bigint, repository_id int, slot bigint, level smallint, path_flags text []
)
language sql stable rows 1000
as $$
    select c.chunk_id, c.version_id, c.repository_id, c.slot, c.level, v.path_flags
    from codesearch.chunk c
    join codesearch.file_version v on v.version_id = c.version_id
    where (select true from codesearch.source_file f
        where f.version_id = c.version_id and f.branch_id = any(branches) limit 1)
      and (filters is null or codesearch.passes_filters(c.level, c.kind, c.entity, v.language, v.path, c.symbol,
          filters))
$$;
comment on function searched_chunks(int [], jsonb) is 'The chunks that a search of some branches may find.';
