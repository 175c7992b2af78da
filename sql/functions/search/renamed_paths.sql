-- A path, and those that the file had before and since as the stored commits have it, through renames of renames.
create or replace function renamed_paths(path text, repositories int []) returns text []
language sql stable
set search_path from current
as $$
    with recursive named(path, depth) as (
        select renamed_paths.path collate "C", 0
        union
        select n.path, m.depth + 1
        from named m
        cross join lateral (
            select f.old_path from commit_file f
            where f.repository_id = any(repositories) and f.path = m.path and f.old_path is not null
            union
            select f.path from commit_file f
            where f.repository_id = any(repositories) and f.old_path = m.path) n(path)
        where m.depth < 10
    )
    select array_agg(distinct n.path) from named n
$$;
comment on function renamed_paths(text, int []) is 'A path, and those that the file had before and since.';
