-- The commits that a search of some branches may find, with its filters: changed a path that fits the regular
-- expression or is one of the names; part of an author's name; times from one on and before another. Planned in the
-- place of its call: no search_path of its own.
create or replace function searched_commits(
    scope search_scope, path text default null, names text [] default null, author text default null,
    since timestamptz default null, until timestamptz default null
)
returns table (commit_id bigint, repository_id int, is_merge boolean)
language sql stable rows 1000
as $$
    select g.commit_id, g.repository_id, g.is_merge
    from codesearch.git_commit g
    where g.repository_id = any((scope).repositories)
      -- Once for all rows: a number is of one repository.
      and (select range_agg(b.commits) from codesearch.branch_history b where b.branch_id = any((scope).branches))
          @> g.commit_id
      and (searched_commits.author is null
           or position(lower(searched_commits.author) in lower(g.author)) > 0)
      and (since is null or g.authored_at >= since)
      and (until is null or g.authored_at < until)
      and (searched_commits.path is null or g.commit_id = any(array(
          select f.commit_id from codesearch.commit_file f
          where f.repository_id = any((scope).repositories)
            and (f.path = any(names) or f.path ~ searched_commits.path))))
$$;
comment on function searched_commits(search_scope, text, text [], text, timestamptz, timestamptz) is
'The commits that a search of some branches may find, with its filters.';
