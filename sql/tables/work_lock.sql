-- Rows to be locked, and nothing else: see hold_work_lock.
create table work_lock (
    purpose text not null,
    repository_id int not null default 0,
    since timestamptz not null default now(),
    primary key (purpose, repository_id)
);
comment on table work_lock is
'Rows that work of one kind locks, of one repository (0: of none); only functions of the owner write and lock here.';
comment on column work_lock.since is
'Of vectors: files of repositories that are older may owe vectors that nobody queued (queue_restored_embeddings).';
insert into work_lock (purpose) values ('maintenance'), ('drift'), ('models'), ('vectors');
