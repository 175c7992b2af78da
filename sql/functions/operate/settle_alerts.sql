-- What became of claimed alerts: posted, or with an error, which leaves them waiting. Returns how many wait now.
create or replace function settle_alerts(alert_ids bigint [], error text default null) returns int
language plpgsql volatile
set search_path from current
as $$
begin
    update alert a
    set posted_at = case when error is null then clock_timestamp() end, last_error = error, lease_until = null
    where a.alert_id = any(alert_ids) and a.posted_at is null;
    return (select count(*) from alert w where w.posted_at is null);
end
$$;
comment on function settle_alerts(bigint [], text) is
'What became of claimed alerts: posted, or with an error, which leaves them waiting.';
revoke all on function settle_alerts(bigint [], text) from public;
