-- Where pg_cron runs maintenance: a weekly job for the vector index of each model version in use, and none for those
-- that are gone. A job of its own each, because REINDEX CONCURRENTLY must be a statement by itself. Returns what is
-- scheduled, in words.
create or replace function schedule_rebuilds() returns text
language plpgsql volatile
set search_path from current
as $$
declare
    prefix constant text := 'pgcodesearch rebuild ';
    week text := nullif(current_setting_value('maintenance.rebuild_schedule') #>> '{}', '');
    scheduled boolean := false;
    wanted jsonb := '{}';
    item record;
begin
    if exists (select from pg_extension where extname = 'pg_cron') then
        execute 'select exists (select from cron.job where jobname = $1)' into scheduled
            using 'pgcodesearch maintenance';
    end if;
    if not scheduled then
        return 'not scheduled';
    end if;
    if week is not null then
        select coalesce(jsonb_object_agg(prefix || m.name,
            format('reindex index concurrently codesearch.%I', c.relname)), '{}') into wanted
        from model_version m join pg_class c on c.oid = vector_index(m.model_version_id)
        where m.status in ('active', 'candidate');
    end if;
    for item in execute 'select j.jobname from cron.job j where starts_with(j.jobname, $1) and not $2 ? j.jobname'
        using prefix, wanted loop
        execute 'select cron.unschedule($1)' using item.jobname;
    end loop;
    for item in select w.key, w.value from jsonb_each_text(wanted) w order by w.key loop
        execute 'select cron.schedule($1, $2, $3)' using item.key, week, item.value;
    end loop;
    return case when wanted = '{}' then 'no vector index is rebuilt'
                else format('%s vector indexes are rebuilt at %s', (select count(*) from jsonb_object_keys(wanted)),
                    week) end;
end
$$;
comment on function schedule_rebuilds() is
'Keeps a weekly job of pg_cron for the vector index of each model version in use.';
revoke all on function schedule_rebuilds() from public;
