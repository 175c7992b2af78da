-- How far the server that is asked is behind its primary; nulls on a primary. One that is connected and has replayed
-- all that it received is not behind, however long ago the primary last wrote; else the last transaction that was
-- replayed says how old an answer may be. After a pause of the primary that is too much for a moment: bytes, received
-- and not replayed yet, are then few.
create or replace function replica_lag(out seconds float8, out bytes bigint, out connected boolean)
language sql stable
set search_path from current
as $$
    select case when l.connected and l.replayed >= l.received then 0
           else greatest(0, extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())) end,
           greatest(0, l.received - l.replayed)::bigint, l.connected
    from (select pg_last_wal_receive_lsn() as received, pg_last_wal_replay_lsn() as replayed,
                 -- Whoever may not see what the receiver does sees that there is one.
                 exists (select from pg_stat_get_wal_receiver() w where w.pid is not null) as connected) l
    where pg_is_in_recovery()
$$;
comment on function replica_lag() is 'How far the server that is asked is behind its primary; nulls on a primary.';
