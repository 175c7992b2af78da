-- Lets a search that is a transaction of its own commit without waiting for the disk: a crash may lose the last moments
-- of the log, and nothing else. Deferred, because only at the commit it shows whether more was done: COMMIT is a
-- statement with a time of its own, and so is whatever came between. That the transaction's first statement was the
-- search does not tell, nor does its start: with the extended protocol each of its messages has another time.
create or replace function query_log_commit() returns trigger
language plpgsql
set search_path from current
as $$
begin
    if new.asked_at = statement_timestamp() then
        perform set_config('synchronous_commit', 'off', true);
    end if;
    return null;
end
$$;
comment on function query_log_commit() is
'Lets a search that is a transaction of its own commit without waiting for the disk.';

-- Once: a constraint trigger can't be replaced, and dropping it would wait for every search.
do $$
begin
    if not exists (select from pg_trigger t where t.tgrelid = 'query_log'::regclass and t.tgname = 'query_log_commit')
        then
        create constraint trigger query_log_commit
        after insert on query_log
        deferrable initially deferred
        for each row when (new.asked_at = statement_timestamp()) execute function query_log_commit();
    end if;
end
$$;
