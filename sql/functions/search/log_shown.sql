-- Logs a search that another server answered: its entry as that server gave it (log_by_client). Sent twice, it is
-- logged once. A reader may call it with anything: what checked_log leaves is logged, as a search of the asking role,
-- neither from the future nor older than the log. Returns the number that the log has for it.
create or replace function log_shown(shown jsonb) returns bigint
language plpgsql volatile security definer
set search_path from current
as $$
declare
    entry query_log := jsonb_populate_record(null::query_log, shown);
    hits hit [] := array(select jsonb_populate_record(null::hit, h) from jsonb_array_elements(shown -> 'hits') h);
begin
    if not current_setting_value('log.enabled')::boolean then
        return null;
    elsif entry.provisional_id is null or entry.provisional_id < provisional_ids()
          or entry.provisional_id >= 2 * provisional_ids() then
        raise exception using errcode = 'CS001', message = 'the entry is not one that a search gave',
            hint = 'search with log => codesearch.log_by_client(); its notice about query_log has the entry';
    elsif entry.asked_at < now() - setting_number('log.retention_days') * interval '1 day' then
        raise exception using errcode = 'CS001', message = format('the search of %s is older than the log',
            entry.asked_at), hint = 'searches are kept for log.retention_days';
    end if;
    -- Never the statement's own time: query_log_commit would take it for a search that need not wait for the disk.
    entry.asked_at := least(entry.asked_at, clock_timestamp());
    entry.latency_ms := least(greatest(coalesce(entry.latency_ms, 0), 0), 60000);
    hits := loggable_hits(hits, entry.k);
    return write_log(checked_log(entry, hits), hits);
end
$$;
comment on function log_shown(jsonb) is
'Logs a search that a server which can''t write answered, by the entry that it gave (log_by_client).';
revoke all on function log_shown(jsonb) from public;
