-- Alerts that wait, for one caller to post: commit, post, then settle_alerts. One who dies leaves them to others when
-- the lease ends, so each is posted at least once. A lease that a jump of the clock left in the far future does not
-- count.
create or replace function claim_alerts(most int default 50, lease interval default '2 minutes') returns setof alert
language sql volatile rows 5
set search_path from current
as $$
    with claimed as (
        update alert a
        set lease_until = clock_timestamp() + claim_alerts.lease, attempts = a.attempts + 1
        where a.alert_id in (select w.alert_id from alert w
                             where w.posted_at is null
                               and (w.lease_until is null or w.lease_until not between clock_timestamp()
                                   and clock_timestamp() + interval '1 hour')
                             order by w.alert_id limit claim_alerts.most for update skip locked)
        returning a.*)
    select * from claimed order by alert_id
$$;
comment on function claim_alerts(int, interval) is
'Alerts that wait, for one caller to post; settle_alerts says how it went.';
revoke all on function claim_alerts(int, interval) from public;
