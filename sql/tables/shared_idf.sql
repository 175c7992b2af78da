-- What terms that stand in many rows of the inverted index weigh over all repositories. rebuild_postings multiplies it
-- in, so that a search of all of them adds up rows as they are: to bring a row to another idf costs twice as much as
-- to read and add it.
create table shared_idf (
    level smallint not null,
    term text collate "C" not null,
    idf real not null,
    chunk_count bigint not null,
    counted_at timestamptz not null default now(),
    primary key (level, term)
);
comment on table shared_idf is
'The inverse document frequency over all repositories of terms in many rows of the inverted index, as last counted.';
comment on column shared_idf.chunk_count is 'The chunks of the level that were counted.';
