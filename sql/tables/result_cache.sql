-- Answers of searches that were asked before. An answer holds as long as nothing of its repositories was changed by a
-- transaction that its snapshot did not see; which transactions changed what is in index_change. Both are only appended to, so
-- that neither searches nor writers wait for each other.
create table index_change (
    transaction xid8 not null default pg_current_xact_id(),
    changed_repository int not null,
    settled_at timestamptz,
    primary key (changed_repository, transaction)
);
comment on table index_change is 'The transactions that changed what searches of a repository may find; pruned once no kept answer is older.';
comment on column index_change.settled_at is 'When the change was first seen committed: a search that did not see it began before.';

create table result_cache (
    answer_id bigint generated always as identity primary key,
    answer_key uuid not null,
    answered_for name not null,
    snapshot pg_snapshot not null,
    hits hit [] not null,
    answered_at timestamptz not null default clock_timestamp()
);
comment on table result_cache is 'Answers of searches, by a hash of all they depend on beside the index; each role has its own.';
create index result_cache_key on result_cache (answer_key);

alter table query_log add column from_cache boolean not null default false;
comment on column query_log.from_cache is 'The answer was kept from the same search before.';
