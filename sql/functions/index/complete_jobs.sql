-- Ends jobs that are done. A file that changed meanwhile has a newer generation: its job is queued again instead.
create or replace function complete_jobs(job_ids bigint [], generations int []) returns int
language plpgsql volatile
set search_path from current
as $$
declare
    done int;
begin
    delete from index_job j using unnest(job_ids, generations) as d(job_id, generation)
    where j.job_id = d.job_id and j.generation = d.generation and j.state = 'running';
    get diagnostics done = row_count;
    update index_job j set state = 'queued', worker = null, lease_until = null, attempts = 0, run_after = clock_timestamp()
    from unnest(job_ids, generations) as d(job_id, generation)
    where j.job_id = d.job_id and j.generation <> d.generation and j.state = 'running';
    return done;
end
$$;
comment on function complete_jobs(bigint [], int []) is 'Ends jobs that are done; what changed meanwhile is queued again.';
