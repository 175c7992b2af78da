-- Queues jobs that a worker holds and could not do for no fault of the file: it was locked, or its model can't answer
-- (then with the error); the attempt doesn't count. Returns those that are still locked, to be given back later.
create or replace function requeue_jobs(
    worker text, job_ids bigint [], pause interval default '200 milliseconds', error text default null
)
returns bigint []
language plpgsql volatile security definer
set search_path from current
as $$
declare
    own int [] := writable_repositories();
    still_held bigint [];
begin
    with held as (
        select j.job_id from index_job j
        where j.job_id = any(job_ids) and j.worker = requeue_jobs.worker and j.state = 'running'
          and j.repository_id = any(own)
        order by j.job_id for update skip locked)
    update index_job j
    set state = 'queued', worker = null, lease_until = null, attempts = greatest(j.attempts - 1, 0),
        run_after = clock_timestamp() + pause, last_error = coalesce(left(error, 2000), j.last_error)
    from held h where h.job_id = j.job_id;
    select array_agg(j.job_id) into still_held
    from index_job j
    where j.job_id = any(job_ids) and j.worker = requeue_jobs.worker and j.state = 'running'
      and j.repository_id = any(own);
    return coalesce(still_held, '{}');
end
$$;
comment on function requeue_jobs(text, bigint [], interval, text) is
'Queues jobs again whose file was locked, or whose model can''t answer; returns those whose row is still locked.';
revoke all on function requeue_jobs(text, bigint [], interval, text) from public;
