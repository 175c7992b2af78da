-- Removes commits of a repository that no branch reaches any more, with their words in the inverted index. Returns how
-- many.
create or replace function collect_commits(repository_id int) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted int := collect_commits.repository_id;
    reached int8multirange := (select range_agg(b.commits) from branch_history b where b.repository_id = wanted);
    removed int;
begin
    perform lock_postings(wanted);
    delete from git_commit g
    where g.repository_id = wanted and (reached is null or not reached @> g.commit_id);
    get diagnostics removed = row_count;
    return removed;
end
$$;
comment on function collect_commits(int) is 'Removes commits that no branch reaches any more; returns how many.';
revoke all on function collect_commits(int) from public;
