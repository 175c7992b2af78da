-- The inverted index: BM25 impacts in blocks of 8,192 chunks, append-only. A row is one write's postings of a term in a
-- block; a deleted chunk's postings are appended once more with the sign turned, so that sums are right at any
-- moment and no row is ever updated by two writers. refresh_lexical_index folds the parts.
create sequence posting_part_seq as bigint;

create table posting (
    repository_id int not null references repository on delete cascade,
    level smallint not null,
    term text collate "C" not null,
    block int not null,
    part bigint not null,
    chunk_count int not null,
    weight real not null,
    impacts sparsevec(8192) not null,
    primary key (repository_id, level, term, block, part)
);
comment on table posting is 'Inverted index: for a term and a block of slots, tf / (tf + k1 (1 - b + b length / average)) of each chunk.';
comment on column posting.chunk_count is 'Chunks added less chunks removed; the sum over blocks and parts is the document frequency.';
comment on column posting.weight is 'The idf already multiplied into impacts; 1 in appended parts, the idf of that moment after a refresh.';
-- Compressed vectors would be inflated for every query.
alter table posting alter column impacts set storage external;

create table lexical_statistic (
    repository_id int not null references repository on delete cascade,
    level smallint not null,
    part bigint not null,
    chunk_count int not null,
    total_length float8 not null,
    primary key (repository_id, level, part)
);
comment on table lexical_statistic is 'Chunks and summed length added by each write; the sums are N and the average length of BM25.';

create table lexical_norm (
    repository_id int not null references repository on delete cascade,
    level smallint not null,
    average_length float8 not null,
    field_weights real [] not null,
    refreshed_at timestamptz not null default now(),
    primary key (repository_id, level)
);
comment on table lexical_norm is 'The average length and field weights that the impacts were computed with, until the next refresh.';

create type posting_change as (
    repository_id int,
    level smallint,
    slot bigint,
    lexemes tsvector,
    lexical_length real,
    sign int
);
comment on type posting_change is 'One chunk that enters (sign 1) or leaves (sign -1) the inverted index.';
