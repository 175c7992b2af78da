-- How many rows hang on a file or chunk that is gone, because it was deleted while neither triggers nor foreign keys
-- fired; and of how many repositories the inverted index counts other chunks or commits than there are.
create or replace function orphaned_rows() returns table (chunks bigint, texts bigint, jobs bigint, indexes int [])
language sql stable
set search_path from current
as $$
    select (select count(*) from chunk c
        where not exists (select from file_version v where v.version_id = c.version_id)),
           (select count(*) from chunk_text t where not exists (select from chunk c where c.chunk_id = t.chunk_id)),
           (select count(*) from index_job j
            where j.file_id is not null and not exists (select from source_file f where f.file_id = j.file_id)
               or j.version_id is not null and not exists (select from file_version v
                   where v.version_id = j.version_id)),
           (select coalesce(array_agg(distinct r.repository_id), '{}')
            from repository r
            left join (select s.repository_id, s.level, sum(s.chunk_count) as n from lexical_statistic s
                group by 1, 2) s
                on s.repository_id = r.repository_id
            full join (select c.repository_id, c.level, count(*) as n from chunk c group by 1, 2
                       union all select g.repository_id, 2, count(*) from git_commit g group by 1) c
                on c.repository_id = s.repository_id and c.level = s.level
            where coalesce(s.n, 0) <> coalesce(c.n, 0) and r.repository_id is not null)
$$;
comment on function orphaned_rows() is 'How many rows hang on a file or chunk that was deleted while no trigger fired.';
