-- Which commits a branch reaches. Numbers are given in the order of history, so that they are a few ranges, and another
-- branch costs the ranges in which it differs.
create table branch_history (
    branch_id int not null,
    repository_id int not null,
    head text not null,
    max_commits int not null,
    commits int8multirange not null,
    read_at timestamptz not null default now(),
    primary key (branch_id, repository_id),
    foreign key (branch_id, repository_id) references branch (branch_id, repository_id) on delete cascade
);
comment on table branch_history is
'The commits that a branch reaches, the newest of them: setting history.max_commits.';
comment on column branch_history.head is 'The commit that it was read from.';
comment on column branch_history.commits is 'Numbers of git_commit.';
