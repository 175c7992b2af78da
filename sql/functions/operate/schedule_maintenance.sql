-- Lets pg_cron run maintenance on a schedule (crontab notation), and with it the weekly rebuilds (schedule_rebuilds);
-- null ends both. Returns what will happen, in words.
create or replace function schedule_maintenance(schedule text default '7 * * * *') returns text
language plpgsql volatile
set search_path from current
as $$
declare
    job constant text := 'pgcodesearch maintenance';
begin
    perform require_cron('7 * * * * pgcodesearch maintain --database URL');
    if schedule is null then
        execute 'select cron.unschedule(jobid) from cron.job'
            ' where jobname = $1 or starts_with(jobname, ''pgcodesearch rebuild '')' using job;
        return 'maintenance is not scheduled any more';
    end if;
    execute 'select cron.schedule($1, $2, $3)' using job, schedule, 'select * from codesearch.run_maintenance()';
    return format('maintenance runs at %s', schedule);
end
$$;
comment on function schedule_maintenance(text) is 'Lets pg_cron run maintenance on a schedule; null ends it.';
revoke all on function schedule_maintenance(text) from public;
