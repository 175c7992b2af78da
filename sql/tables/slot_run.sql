-- A large repository has blocks of the inverted index to itself. Where repositories that are indexed at the same time
-- share them, each block has a row of each repository for a term, and a search of all repositories reads every one.
create sequence slot_block_seq as int start 1000000000;
comment on sequence slot_block_seq is
'Blocks that one repository has to itself; those that several share lie far below.';

create table slot_run (
    repository_id int not null references repository on delete cascade,
    next_slot bigint not null,
    end_slot bigint not null check (end_slot > next_slot),
    primary key (repository_id, end_slot)
);
comment on table slot_run is
'Slots that are free in blocks which a repository has to itself: take_slots locks a row, and passes over locked ones.';
