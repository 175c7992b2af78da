-- Says that a worker still works on what it claimed: long batches outlast a lease. Called beside the work, on another
-- connection, so it waits for nothing: a locked job is one that is being completed.
create or replace function renew_leases(worker text, lease interval default '2 minutes') returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    own int [] := writable_repositories();
    renewed int;
begin
    update index_job j set lease_until = clock_timestamp() + lease
    where j.job_id in (select x.job_id from index_job x
                       where x.state = 'running' and x.worker = renew_leases.worker
                         and x.repository_id = any(own) for update skip locked);
    get diagnostics renewed = row_count;
    return renewed;
end
$$;
comment on function renew_leases(text, interval) is
'Says that a worker still works on what it claimed; returns how many jobs.';
revoke all on function renew_leases(text, interval) from public;
