-- Where a file of a commit is now in some branches, through renames since; null where it is gone.
create or replace function present_path(repository_id int, path text, branches int []) returns text
language sql stable
set search_path from current
as $$
    with recursive moved(path, present, depth) as (
        select p.path, (select true from source_file s
                        where s.branch_id = any(branches) and s.path = p.path
                          and s.repository_id = present_path.repository_id limit 1), 0
        from (select present_path.path collate "C" as path) p
        union all
        select n.path, (select true from source_file s
                        where s.branch_id = any(branches) and s.path = n.path
                          and s.repository_id = present_path.repository_id limit 1), m.depth + 1
        from moved m
        cross join lateral (select f.path from commit_file f
                            where f.repository_id = present_path.repository_id and f.old_path = m.path
                            order by f.commit_id desc limit 1) n
        where m.present is null and m.depth < 20
    )
    select m.path from moved m where m.present order by m.depth limit 1
$$;
comment on function present_path(int, text, int []) is
'Where a file of a commit is now in some branches, through renames since; null where it is gone.';
