-- What a commit changed, a file a row. Lines are those of the file as the commit left it, and names those that git
-- and the changed lines give of the definitions around: they find today's code when lines have moved on.
create table commit_file (
    commit_id bigint not null,
    repository_id int not null,
    path text collate "C" not null,
    old_path text collate "C",
    status text not null check (status in ('A', 'D', 'M', 'R', 'T')),
    added int,
    removed int,
    lines int4multirange,
    symbols text [] not null default '{}',
    primary key (repository_id, path, commit_id),
    foreign key (commit_id, repository_id) references git_commit (commit_id, repository_id) on delete cascade
);
comment on table commit_file is 'The files that a commit changed, the first of them where they are many.';
comment on column commit_file.old_path is 'Where the file was before; null unless it was renamed.';
comment on column commit_file.status is 'As git has it: added, deleted, modified, renamed, type changed.';
comment on column commit_file.added is 'Lines that are new; null where lines are not known, as of binary files.';
comment on column commit_file.lines is 'Changed lines, as the commit left the file; null where they are not known.';
comment on column commit_file.symbols is 'Names of definitions that it changed, as far as git can tell.';
create index commit_file_commit on commit_file (commit_id);
create index commit_file_old_path on commit_file (repository_id, old_path) where old_path is not null;
