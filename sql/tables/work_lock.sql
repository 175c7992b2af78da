-- Rows to be locked, and nothing else: see hold_work_lock.
create table work_lock (
    purpose text not null,
    repository_id int not null default 0,
    primary key (purpose, repository_id)
);
comment on table work_lock is 'Rows that work of one kind locks, of one repository (0: of none); only functions of the owner write and lock here.';
insert into work_lock (purpose) values ('maintenance'), ('drift'), ('models');
