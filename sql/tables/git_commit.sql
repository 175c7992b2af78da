-- Commits of the git history of a repository: what each says, searched by search_changes. Numbered so that a commit has
-- a larger number than its parents. Its number is its place in the inverted index too (level 2 of posting).
create table git_commit (
    commit_id bigint generated always as identity,
    repository_id int not null references repository on delete cascade,
    hash bytea not null,
    author text not null,
    authored_at timestamptz not null,
    subject text not null,
    body text not null,
    is_merge boolean not null,
    detail text not null check (detail in ('lines', 'paths', 'message')),
    file_count int not null,
    lexemes tsvector not null,
    lexical_length real not null,
    primary key (commit_id, repository_id),
    unique (repository_id, hash)
);
comment on table git_commit is 'Commits that some branch reaches; their messages are searched by search_changes.';
comment on column git_commit.author is 'The name; e-mail addresses are not stored.';
comment on column git_commit.is_merge is 'Has several parents; what it changed is what differs from the first.';
comment on column git_commit.detail is
'What is known of its changes: lines, paths alone (it changed many files, or this clone lacks contents), or '
'nothing but the message (the end of a shallow clone).';
comment on column git_commit.file_count is 'How many files it changed; of many only the first are in commit_file.';
