-- Queues failed jobs again, of one repository or of all, or one job; and those that wait for their next attempt don't
-- wait any longer.
drop function if exists retry_failed_jobs(text);
create or replace function retry_failed_jobs(repository text default null, job_id bigint default null) returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    own int [] := writable_repositories();
    retried int;
begin
    update index_job j set state = 'queued', attempts = 0, run_after = now()
    where j.job_id in (
        select x.job_id from index_job x
        where x.repository_id = any(own)
          and (x.state = 'failed' or (x.state = 'queued' and x.run_after > now()))
          and (retry_failed_jobs.job_id is null or x.job_id = retry_failed_jobs.job_id)
          and (retry_failed_jobs.repository is null
               or x.repository_id = (select r.repository_id from repository r
                   where r.name = retry_failed_jobs.repository))
        order by x.job_id for update);
    get diagnostics retried = row_count;
    perform pg_notify('codesearch_jobs', '');
    return retried;
end
$$;
comment on function retry_failed_jobs(text, bigint) is 'Queues failed jobs again: of one repository, one job, or all.';
revoke all on function retry_failed_jobs(text, bigint) from public;
