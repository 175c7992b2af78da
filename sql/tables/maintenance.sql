-- What maintenance did, and how well the vector indexes still find.
create table maintenance_log (
    maintenance_log_id bigint generated always as identity primary key,
    started_at timestamptz not null,
    step text not null,
    ok boolean not null,
    outcome text not null,
    duration_ms real not null
);
comment on table maintenance_log is 'Every step of every run of run_maintenance.';
create index maintenance_log_started_at on maintenance_log (started_at);

create table vector_recall (
    measured_at timestamptz not null default clock_timestamp(),
    model_version_id int not null references model_version on delete cascade,
    k int not null,
    sample_count int not null,
    sampled_from text not null check (sampled_from in ('queries', 'chunks')),
    ef_search int not null,
    recall float8 not null check (recall between 0 and 1),
    needs_reindex boolean not null,
    primary key (model_version_id, measured_at)
);
comment on table vector_recall is 'Recall of each vector index against exact search, as a series.';
comment on column vector_recall.needs_reindex is 'The recall was below maintenance.min_recall: pgcodesearch maintain rebuilds the index.';
