-- Removes logged searches, maintenance steps and recall measures older than their retention settings. Returns
-- how many rows went; rows that hang on a logged search are not counted.
create or replace function prune_logs() returns int
language plpgsql volatile
set search_path from current
as $$
declare
    query_days int := setting_number('log.retention_days');
    own_days int := setting_number('maintenance.retention_days');
    removed int;
    total int := 0;
begin
    delete from query_log q where query_days > 0 and q.asked_at < now() - query_days * interval '1 day';
    get diagnostics total = row_count;
    delete from maintenance_log m where own_days > 0 and m.started_at < now() - own_days * interval '1 day';
    get diagnostics removed = row_count;
    total := total + removed;
    delete from vector_recall v where own_days > 0 and v.measured_at < now() - own_days * interval '1 day';
    get diagnostics removed = row_count;
    return total + removed;
end
$$;
comment on function prune_logs() is 'Removes logged searches and maintenance rows older than their retention settings.';
revoke all on function prune_logs() from public;
