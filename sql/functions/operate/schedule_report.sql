-- Lets pg_cron tell how the week was (tell_week) on a schedule (crontab notation), to whoever gets alerts; null ends
-- it. Returns what will happen, in words.
create or replace function schedule_report(schedule text default '0 7 * * 1') returns text
language plpgsql volatile
set search_path from current
as $$
declare
    job constant text := 'pgcodesearch weekly report';
begin
    perform require_cron('0 7 * * 1 pgcodesearch report weekly --html FILE --database URL');
    if schedule is null then
        execute 'select cron.unschedule(jobid) from cron.job where jobname = $1' using job;
        return 'the week is not told any more';
    end if;
    execute 'select cron.schedule($1, $2, $3)' using job, schedule, 'select codesearch.tell_week()';
    return format('the week is told at %s', schedule);
end
$$;
comment on function schedule_report(text) is 'Lets pg_cron tell how the week was on a schedule; null ends it.';
revoke all on function schedule_report(text) from public;
