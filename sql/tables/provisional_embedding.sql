-- Vectors that stand for a model's own until these are made: read off its document table, thousands a second, of texts
-- that have none yet. A table beside the model's: what is found here is few and compared exactly, so that neither the
-- HNSW index nor a count of what is owed ever meets a vector that will be replaced. A row for each repository that has
-- the text: who may see none of them reads none.
create table provisional_embedding (
    model_version_id int not null references model_version on delete cascade,
    repository_id int not null references repository on delete cascade,
    text_hash uuid not null references stored_text on delete cascade,
    embedding halfvec not null,
    primary key (model_version_id, repository_id, text_hash)
);
alter table provisional_embedding alter embedding set storage plain;
create index on provisional_embedding (text_hash);
create index on provisional_embedding (repository_id);
comment on table provisional_embedding is
'Vectors of texts that a model version has not embedded yet; each goes when the model''s own comes.';
