-- All that has to be done now and then, each step on its own: one that fails, or can't get a lock within seconds, is
-- reported and the others are done. What locks writers out comes last. Only one run at a time in a database. What
-- needs statements of their own (rebuilding a vector index without blocking, vacuum) is done by: pgcodesearch
-- maintain.
create or replace function run_maintenance() returns table (step text, ok boolean, outcome text, duration_ms float8)
language plpgsql volatile security definer rows 10
set search_path from current
set lock_timeout = '10s'
as $$
declare
    begun timestamptz := clock_timestamp();
    step_begun timestamptz;
begin
    if not hold_work_lock('maintenance', wait => false) then
        return query select 'lock', true, 'another run is at work', 0::float8;
        return;
    end if;
    foreach step in array array['jobs', 'files', 'embeddings', 'versions', 'history', 'texts', 'logs',
        'result cache', 'vector recall', 'drift', 'statistics', 'importance', 'lexical index', 'vector index',
            'rebuild schedule'] loop
        step_begun := clock_timestamp();
        begin
            outcome := maintain_step(step);
            ok := true;
        exception when others then
            outcome := format('%s (%s)', sqlerrm, sqlstate);
            ok := false;
        end;
        duration_ms := round((extract(epoch from clock_timestamp() - step_begun) * 1000)::numeric, 3);
        insert into maintenance_log (started_at, step, ok, outcome, duration_ms)
        values (begun, run_maintenance.step, run_maintenance.ok, run_maintenance.outcome, run_maintenance.duration_ms);
        return next;
    end loop;
end
$$;
comment on function run_maintenance() is
'All that has to be done now and then; one row a step, with outcome and duration.';
revoke all on function run_maintenance() from public;
