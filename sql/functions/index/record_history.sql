-- Says which stored commits a branch reaches now, read from its head, of a history cut at max_commits; and removes
-- those that no branch of the repository reaches any more, as after a force-push. Returns how many the branch reaches.
create or replace function record_history(branch_id int, head text, max_commits int, hashes text []) returns int
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    owner_id int := branch_repository(record_history.branch_id);
    wanted int := record_history.branch_id;
    reached int8multirange;
    total int;
begin
    perform lock_repository(owner_id);
    select range_agg(int8range(g.commit_id, g.commit_id, '[]')), count(*) into reached, total
    from unnest(hashes) h(hash)
    join git_commit g on g.repository_id = owner_id and g.hash = decode(h.hash, 'hex');
    insert into branch_history as b (branch_id, repository_id, head, max_commits, commits)
    values (wanted, owner_id, record_history.head, record_history.max_commits, coalesce(reached, '{}'))
    on conflict (branch_id, repository_id) do update
        set head = excluded.head, max_commits = excluded.max_commits, commits = excluded.commits, read_at = now();
    perform collect_commits(owner_id);
    return total;
end
$$;
comment on function record_history(int, text, int, text []) is
'Says which stored commits a branch reaches now, and removes those that no branch reaches any more.';
revoke all on function record_history(int, text, int, text []) from public;
