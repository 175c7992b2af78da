-- Answers of searches that were asked before; index_change says how long one holds.
create table result_cache (
    answer_id bigint generated always as identity primary key,
    answer_key uuid not null,
    answered_for name not null,
    snapshot pg_snapshot not null,
    hits hit [] not null,
    answered_at timestamptz not null default clock_timestamp()
);
comment on table result_cache is
'Answers of searches, by a hash of all they depend on beside the index; each role has its own.';
create index result_cache_key on result_cache (answer_key);

alter table query_log add column from_cache boolean not null default false;
comment on column query_log.from_cache is 'The answer was kept from the same search before.';
