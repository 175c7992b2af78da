-- Queues failed jobs again, of one repository or of all, and those that wait for their next attempt.
create or replace function retry_failed_jobs(repository text default null) returns int
language plpgsql volatile
set search_path from current
as $$
declare
    retried int;
begin
    update index_job j set state = 'queued', attempts = 0, run_after = now()
    where (j.state = 'failed' or j.state = 'queued' and j.run_after > clock_timestamp())
      and (retry_failed_jobs.repository is null
           or j.repository_id = (select r.repository_id from repository r where r.name = retry_failed_jobs.repository));
    get diagnostics retried = row_count;
    perform pg_notify('codesearch_jobs', '');
    return retried;
end
$$;
comment on function retry_failed_jobs(text) is 'Queues failed jobs again, of one repository or of all.';
