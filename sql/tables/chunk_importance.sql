-- How much of the code leads to a chunk, by the code graph: PageRank, made anew in maintenance for what has changed.
create table chunk_importance (
    chunk_id bigint not null,
    repository_id int not null,
    score real not null,
    measured_at timestamptz not null default now(),
    primary key (chunk_id, repository_id),
    foreign key (chunk_id, repository_id) references chunk (chunk_id, repository_id) on delete cascade
);
comment on table chunk_importance is
'How much of a repository''s default branch leads to each chunk, by calls, imports, inheritance and uses.';
comment on column chunk_importance.score is 'PageRank in units of the mean: 1 is as much as any, 10 ten times that.';
create index chunk_importance_score on chunk_importance (repository_id, score desc);
