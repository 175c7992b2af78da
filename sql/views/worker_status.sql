-- The workers that are connected or hold jobs. A worker names its connections after itself; behind a pooler that hides
-- the name, it shows as soon as it holds a job.
create or replace view worker_status with (security_invoker = true) as
select coalesce(a.worker, j.worker) as worker, a.worker is not null as connected, a.connected_since,
       coalesce(j.jobs, 0) as jobs, j.stage, j.lease_until
from (select substr(application_name, length('pgcodesearch worker ') + 1) as worker,
    min(backend_start) as connected_since
      from pg_stat_activity
      where application_name like 'pgcodesearch worker %' and datname = current_database() group by 1) a
full join (select worker, count(*) as jobs, min(stage) as stage, min(lease_until) as lease_until
           from index_job where state = 'running' group by 1) j on j.worker = a.worker;
comment on view worker_status is 'The workers that are connected or hold jobs, and until when their leases last.';
