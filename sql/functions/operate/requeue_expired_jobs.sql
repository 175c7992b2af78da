-- Queues jobs whose worker gave no sign until its lease ended; claim_jobs does the same where workers still come.
-- Leases are compared with the clock, so one that a clock jump left far in the future is cut to what a lease may last.
create or replace function requeue_expired_jobs(longest interval default '1 hour') returns int
language plpgsql volatile
set search_path from current
as $$
declare
    requeued int;
begin
    update index_job j
    set state = case when j.attempts >= 10 then 'failed'
        else 'queued' end, worker = null, lease_until = null, run_after = clock_timestamp(),
        last_error = format('worker %s gave no sign until its lease ended', j.worker)
    where j.job_id in (select x.job_id from index_job x
                       where x.state = 'running'
                         and (x.lease_until < clock_timestamp() or x.lease_until > clock_timestamp() + longest)
                       order by x.job_id for update skip locked);
    get diagnostics requeued = row_count;
    -- A job that should run in the far future waits for a clock that was wrong.
    update index_job j set run_after = clock_timestamp()
    where j.state = 'queued' and j.run_after > clock_timestamp() + longest;
    if requeued > 0 then
        perform pg_notify('codesearch_jobs', '');
    end if;
    return requeued;
end
$$;
comment on function requeue_expired_jobs(interval) is 'Queues jobs whose worker gave no sign until its lease ended.';
