-- The document side of a model version as a table: the sum of the vectors of a text's tokens lies near the model's own
-- vector of it, near enough to answer by until that is made. Programs read it as one file; see provisional_embedding.
create table document_table (
    model_version_id int primary key references model_version on delete cascade,
    content bytea not null,
    sha256 bytea not null,
    metrics jsonb not null default '{}',
    fitted_at timestamptz not null default now(),
    check (sha256 = sha256(content))
);
alter table document_table alter content set storage external;
comment on table document_table is
'Document tables of model versions: what gives new texts provisional vectors, thousands a second.';
comment on column document_table.metrics is
'texts it was fitted to, and cosine to the model''s vectors of texts held out.';
