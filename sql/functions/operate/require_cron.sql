-- Refuses where the database has no pg_cron, and says what would give it, or what does without.
create or replace function require_cron(instead text) returns void
language plpgsql stable
set search_path from current
as $$
begin
    if to_regnamespace('cron') is null or not exists (select from pg_extension where extname = 'pg_cron') then
        raise exception using errcode = 'feature_not_supported', message = 'this database has no pg_cron',
            detail = case when exists (select from pg_available_extensions where name = 'pg_cron')
                then format(
                    'the server has it: shared_preload_libraries = ''pg_cron'', cron.database_name = %L, a restart, '
                    'then: create extension pg_cron', current_database())
                else 'the server does not have it' end,
            hint = 'without it, in the crontab of a machine that reaches the database: ' || require_cron.instead;
    end if;
end
$$;
comment on function require_cron(text) is 'Refuses where the database has no pg_cron, and says what does without.';
revoke all on function require_cron(text) from public;
