-- Says that a worker still works on what it claimed: long batches outlast a lease.
create or replace function renew_leases(worker text, lease interval default '2 minutes') returns void
language sql volatile
set search_path from current
as $$
    update index_job j set lease_until = clock_timestamp() + lease
    where j.state = 'running' and j.worker = renew_leases.worker
$$;
comment on function renew_leases(text, interval) is 'Says that a worker still works on what it claimed.';
