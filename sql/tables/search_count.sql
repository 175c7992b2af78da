-- How many logged searches took how long, of all that ever were: monitoring wants counters that never fall, and the log
-- is pruned. count_searches moves on what the log has; metrics add what came since.
create table search_count (
    query_class text not null,
    mode text not null,
    from_cache boolean not null,
    at_most float8 not null,
    searches bigint not null,
    microseconds bigint not null,
    empty bigint not null,
    counted_until bigint not null,
    primary key (query_class, mode, from_cache, at_most)
);
comment on table search_count is 'Logged searches by class, mode and latency, counted before the log is pruned.';
comment on column search_count.at_most is 'Seconds: the bucket of the histogram (latency_bounds), Infinity the last.';
comment on column search_count.microseconds is
'Summed latency, a whole number: a sum of others may fall by its rounding, which looks like a restart.';
comment on column search_count.empty is 'Those that showed nothing.';
comment on column search_count.counted_until is 'The newest query_id counted; the largest of all rows holds.';
