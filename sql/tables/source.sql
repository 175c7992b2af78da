-- What is indexed: repositories and their files. Large tables carry repository_id in their key, so that they can
-- be partitioned or distributed without touching the functions.
create table repository (
    repository_id int generated always as identity primary key,
    name text not null unique check (name <> '' and length(name) <= 400),
    root text,
    indexed_commit text,
    indexed_at timestamptz,
    last_error text,
    created_at timestamptz not null default now()
);
comment on table repository is 'One indexed tree of files.';
comment on column repository.indexed_commit is 'The git commit of the last complete index run, null outside git.';

create table source_file (
    file_id bigint generated always as identity,
    repository_id int not null references repository on delete cascade,
    path text collate "C" not null check (path <> ''),
    content text not null,
    content_hash bytea not null,
    size_bytes int not null,
    modified_ns bigint,
    language text,
    parser text,
    has_errors boolean not null default false,
    path_flags text [] not null default '{}',
    path_stems text [] not null default '{}',
    indexed_hash bytea,
    indexed_at timestamptz,
    primary key (file_id, repository_id),
    unique (repository_id, path)
);
comment on table source_file is 'The text of each indexed file; any change to a row is queued for indexing by a trigger.';
comment on column source_file.content_hash is 'sha256 of the content in UTF-8, set by a trigger.';
comment on column source_file.modified_ns is 'File modification time in nanoseconds where the file was read, to skip unread files.';
comment on column source_file.path_flags is 'What the path says of the file: test, example, generated, vendored, legacy, docs, entry.';
comment on column source_file.indexed_hash is 'content_hash of the content whose chunks are stored; differs while the file is pending.';

create table skipped_file (
    repository_id int not null references repository on delete cascade,
    path text collate "C" not null,
    reason text not null check (
        reason in (
            'binary', 'encoding', 'empty', 'generated', 'minified', 'vendored', 'too large', 'secret', 'unreadable',
            'symlink', 'ignored', 'not a file', 'path'
        )
    ),
    detail text,
    size_bytes bigint,
    modified_ns bigint,
    seen_at timestamptz not null default now(),
    primary key (repository_id, path)
);
comment on table skipped_file is 'Files that were seen and not indexed, with the reason; their content is in no table.';
