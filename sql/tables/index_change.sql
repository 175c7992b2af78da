-- Which transactions changed what searches of a repository may find: a kept answer (result_cache) holds as long as its
-- snapshot saw all of them. Rows are only appended, so that neither searches nor writers wait for each other.
create table index_change (
    transaction xid8 not null default pg_current_xact_id(),
    changed_repository int not null,
    settled_at timestamptz,
    primary key (changed_repository, transaction)
);
comment on table index_change is
'The transactions that changed what searches of a repository may find; pruned once no kept answer is older.';
comment on column index_change.settled_at is
'When the change was first seen committed: a search that did not see it began before.';
