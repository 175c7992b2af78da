-- Model versions with their artefact. Each version's embeddings are in a table of its own, embedding_<id>, typed with its
-- dimension: one HNSW index never holds vectors of two models, and a literal table name lets the planner use it.
create table model_version (
    model_version_id int generated always as identity primary key,
    name text not null unique check (name <> ''),
    status text not null default 'candidate' check (status in ('candidate', 'active', 'retired', 'refused')),
    dimension int not null check (dimension between 1 and 4000),
    max_tokens int not null,
    configuration jsonb not null default '{}',
    settings jsonb not null default '{}',
    parent_id int references model_version,
    metrics jsonb not null default '{}',
    created_at timestamptz not null default now(),
    activated_at timestamptz
);
comment on table model_version is 'Immutable weights, tokenizer and dimension, by name; one is active.';
comment on column model_version.settings is 'Search settings that were tuned for this model; they override those of setting.';
create unique index model_version_active on model_version (status) where status = 'active';

create table model_artefact (
    model_version_id int not null references model_version on delete cascade,
    file text not null,
    content bytea not null,
    sha256 bytea not null,
    primary key (model_version_id, file)
);
comment on table model_artefact is 'The files of a model version (ONNX graph, tokenizer, configuration): a backup of the database has its models.';
-- ONNX weights don't compress, and reading them whole is the only access.
alter table model_artefact alter column content set storage external;

create table model_activation (
    activation_id bigint generated always as identity primary key,
    model_version_id int not null references model_version on delete cascade,
    previous_id int references model_version on delete set null,
    activated_at timestamptz not null default now(),
    reason text,
    rolled_back_at timestamptz
);
comment on table model_activation is 'Every switch of the active model, newest last; rollback_model undoes the newest that is not undone yet.';
