-- Gives back what workers claimed and will not finish: they were told to stop, or are known to be dead. Without this
-- the jobs wait for the lease to end. A claim that was not worked on is not an attempt. A worker may die of other
-- causes than the file in hand, so that more deaths than errors make a dead letter: most_attempts.
drop function if exists release_jobs(text [], boolean);
create or replace function release_jobs(workers text [], died boolean default false, most_attempts int default 10)
    returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    own int [] := writable_repositories();
    released int;
begin
    update index_job j
    set state = case when died and j.attempts >= most_attempts then 'failed' else 'queued' end,
        attempts = case when died then j.attempts else greatest(j.attempts - 1, 0) end,
        last_error = case when died then format('worker %s died', j.worker) else j.last_error end,
        run_after = clock_timestamp(), worker = null, lease_until = null
    where j.job_id in (select x.job_id from index_job x where x.state = 'running' and x.worker = any(workers)
                         and x.repository_id = any(own)
                       order by x.job_id for update);
    get diagnostics released = row_count;
    return released;
end
$$;
comment on function release_jobs(text [], boolean, int) is 'Gives back what workers claimed and will not finish.';
revoke all on function release_jobs(text [], boolean, int) from public;
