-- What is derived from a file (chunks, texts, postings, calls) belongs to a version: a path and a content as one
-- version of the chunker cuts it. A row of source_file points to its version, rows of several branches to the same one;
-- nothing is copied when a branch moves on, and a version that no row points to is collected. Rows of 0.1.0 are moved:
-- each file is its version, by number too.
create table file_version (
    version_id bigint generated always as identity,
    repository_id int not null references repository on delete cascade,
    path text collate "C" not null,
    content_hash bytea not null,
    chunker text not null,
    language text,
    parser text,
    has_errors boolean not null default false,
    path_flags text [] not null default '{}',
    path_stems text [] not null default '{}',
    chunk_count int not null default 0,
    indexed_at timestamptz not null default now(),
    primary key (version_id, repository_id),
    unique (repository_id, path, content_hash, chunker)
);
comment on table file_version is
'A path with a content: what chunks, texts, postings and calls belong to, whichever branches have it.';
comment on column file_version.chunker is 'The version of the chunker that cut it; empty where it is not known.';
comment on column file_version.path_flags is
'What the path says of the file: test, example, generated, vendored, legacy, docs, entry.';
comment on column file_version.chunk_count is 'Its chunks of level 0.';

insert into file_version (
    version_id, repository_id, path, content_hash, chunker, language, parser, has_errors, path_flags, path_stems,
        chunk_count, indexed_at
)
overriding system value
select f.file_id, f.repository_id, f.path, coalesce(f.indexed_hash, f.content_hash), '', f.language, f.parser,
    f.has_errors,
       f.path_flags, f.path_stems, c.chunks, coalesce(f.indexed_at, now())
from source_file f
cross join lateral (select count(*) filter (where k.level = 0) as chunks, count(*) as found from chunk k
    where k.file_id = f.file_id) c
where c.found > 0 or f.indexed_hash is not null;
select setval(pg_get_serial_sequence('codesearch.file_version', 'version_id'), coalesce(max(v.version_id), 0) + 1,
    false)
from file_version v;
