-- Records a job's error: tried again after a growing pause, and after five attempts left as failed, the dead-letter
-- state, where it blocks nothing until retry_failed_jobs or a new version of the file queues it.
create or replace function fail_job(job_id bigint, generation int, error text) returns text
language plpgsql volatile security definer
set search_path from current
as $$
declare
    own int [] := writable_repositories();
    now_state text;
begin
    update index_job j
    set state = case when j.attempts >= 5 and j.generation = fail_job.generation then 'failed' else 'queued' end,
        run_after = clock_timestamp() + case when j.generation = fail_job.generation
            then least(interval '1 second' * 4 ^ j.attempts, interval '10 minutes') else interval '0' end,
        last_error = left(error, 2000), worker = null, lease_until = null
    where j.job_id = fail_job.job_id and j.state = 'running' and j.repository_id = any(own)
    returning j.state into now_state;
    return now_state;
end
$$;
comment on function fail_job(bigint, int, text) is
'Records a job''s error and queues it again after a pause; after five attempts it stays failed.';
revoke all on function fail_job(bigint, int, text) from public;
