-- Before what locks tables and views one by one (triggers, views, policies): all of them, without a deadlock with those
-- at work.
do $$
begin
    perform codesearch.lock_tables();
end
$$;
