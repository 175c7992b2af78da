-- The files that changed with one in the same commits, as they are called now. support counts the commits that changed
-- both, confidence is its share of those that changed the given file; the order is by support over the geometric mean
-- of both files' commits, so that one that changes with everything, as a changelog, does not come first. Merges say the
-- same again, and commits of many files (history.together_files) tell nothing of what belongs together.
create or replace function changed_together(path text, repository text default null, k int default 10)
returns setof together_result
language plpgsql stable rows 10
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    scope search_scope := scope_of(changed_together.repository);
    names text [] := renamed_paths(changed_together.path, scope.repositories);
    most int := setting_number('history.together_files');
begin
    if coalesce(changed_together.path, '') = '' then
        raise exception using errcode = 'CS001', message = 'the path is empty',
            hint = 'ask for one file: changed_together(''src/app.py'')';
    end if;
    perform check_changes('x', changed_together.k, 'lexical', false, null, null);
    return query
    with own as materialized (
        select distinct c.commit_id, c.repository_id, g.authored_at
        from commit_file f
        join searched_commits(scope) c on c.commit_id = f.commit_id
        join git_commit g on g.commit_id = f.commit_id and not g.is_merge and g.file_count <= most
        where f.repository_id = any(scope.repositories) and f.path = any(names)
    ), other as (
        select o.repository_id, f.path as old_path, present_path(o.repository_id, f.path, scope.branches) as path,
               o.commit_id, o.authored_at
        from own o join commit_file f on f.commit_id = o.commit_id and f.path <> all(names)
    ), pairs as (
        select o.repository_id, o.path, count(distinct o.commit_id)::int as support,
               max(o.authored_at) as last_together, array_agg(distinct o.old_path) as names
        from other o where o.path is not null group by o.repository_id, o.path
    )
    select r.name, b.path, b.support, b.support::float8 / n.total, b.support / sqrt(n.total::float8 * t.total),
           b.last_together
    from pairs b
    join repository r on r.repository_id = b.repository_id
    cross join lateral (select count(*) as total from own o where o.repository_id = b.repository_id) n
    cross join lateral (
        select greatest(count(distinct f.commit_id), b.support) as total from commit_file f
        join git_commit g on g.commit_id = f.commit_id and not g.is_merge and g.file_count <= most
        where f.repository_id = b.repository_id and f.path = any(b.names)) t
    order by 5 desc, b.support desc, b.path limit changed_together.k;
end
$$;
comment on function changed_together(text, text, int) is
'The files that changed with one in the same commits: how often, and in what share of its commits.';
