-- Vectors of commit messages. Not in the embedding table of the model: there they would stand before the nearest code,
-- since messages are words as queries are. They are few enough to be compared exactly.
create table commit_embedding (
    model_version_id int not null references model_version on delete cascade,
    commit_id bigint not null,
    repository_id int not null,
    embedding halfvec not null,
    primary key (model_version_id, commit_id, repository_id),
    foreign key (commit_id, repository_id) references git_commit (commit_id, repository_id) on delete cascade
);
comment on table commit_embedding is 'Vectors of commit messages, of each model version in use.';
alter table commit_embedding alter column embedding set storage plain;
create index commit_embedding_commit on commit_embedding (commit_id);
