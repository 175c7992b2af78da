-- Messages of a repository's commits that have no vector of a model version yet, the newest first.
create or replace function pending_commits(model_version_id int, repository_id int, wanted int)
returns table (commit_id bigint, text text)
language sql stable rows 100
set search_path from current
as $$
    select g.commit_id, g.subject || e'\n\n' || left(g.body, 2000)
    from git_commit g
    where g.repository_id = pending_commits.repository_id
      and not exists (select from commit_embedding e
                      where e.model_version_id = pending_commits.model_version_id and e.commit_id = g.commit_id
                        and e.repository_id = g.repository_id)
    order by g.commit_id desc limit wanted
$$;
comment on function pending_commits(int, int, int) is
'Messages of a repository''s commits that have no vector of a model version yet.';
