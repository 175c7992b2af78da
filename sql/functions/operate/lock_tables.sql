-- Takes all tables and views of the schema for this transaction alone. A search that holds one table and waits for the
-- next would deadlock with that, and PostgreSQL would end either. So none is waited for as long as deadlock_timeout,
-- and a try that fails gives back what it had. Those that searches and writers come to first are taken first: who
-- begins meanwhile waits with nothing in hand.
create or replace function lock_tables() returns void
language plpgsql volatile
set search_path from current
set lock_timeout = '150ms'
as $$
declare
    first name [] := '{model_version,setting,repository,source_file,index_job}';
    wanted regclass [] := array(select c.oid from pg_class c
                                where c.relnamespace = 'codesearch'::regnamespace and c.relkind in ('r', 'p', 'v')
                                order by c.relkind = 'v', array_position(first, c.relname), c.relname);
    item regclass;
begin
    for attempt in 1..200 loop
        begin
            foreach item in array wanted loop
                begin
                    execute format('lock table %s in access exclusive mode', item);
                exception when insufficient_privilege then
                    null; -- a view that reads the server's own tables, which its owner may not lock
                end;
            end loop;
            return;
        exception when lock_not_available then
            if attempt = 200 then
                raise;
            end if;
            perform pg_sleep(0.1 * random());
        end;
    end loop;
end
$$;
comment on function lock_tables() is
'Takes all tables and views of the schema for this transaction alone, without a deadlock with those at work.';
revoke all on function lock_tables() from public;
