-- Ends jobs that are done. A file that changed meanwhile has a newer generation: its job is queued again instead. A job
-- that another transaction has locked is left as it is, because waiting for it with files in hand could deadlock;
-- requeue_jobs gives it back later.
create or replace function complete_jobs(job_ids bigint [], generations int []) returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    own int [] := writable_repositories();
    done int;
begin
    with held as (
        select j.job_id, j.generation = d.generation as is_done
        from index_job j
        join unnest(job_ids, generations) as d(job_id, generation) on d.job_id = j.job_id
        where j.state = 'running' and j.repository_id = any(own)
        order by j.job_id for update of j skip locked),
    again as (
        update index_job j
        set state = 'queued', worker = null, lease_until = null, attempts = 0, run_after = clock_timestamp()
        from held h where h.job_id = j.job_id and not h.is_done)
    delete from index_job j using held h where h.job_id = j.job_id and h.is_done;
    get diagnostics done = row_count;
    return done;
end
$$;
comment on function complete_jobs(bigint [], int []) is
'Ends jobs that are done; what changed meanwhile is queued again.';
revoke all on function complete_jobs(bigint [], int []) from public;
