-- Work that is owed: a file to be chunked, or its texts to be embedded by one model version.
create table index_job (
    job_id bigint generated always as identity primary key,
    repository_id int not null,
    file_id bigint not null,
    stage text not null check (stage in ('chunk', 'embed')),
    model_version_id int references model_version on delete cascade,
    state text not null default 'queued' check (state in ('queued', 'running', 'failed')),
    generation int not null default 1,
    attempts int not null default 0,
    run_after timestamptz not null default now(),
    lease_until timestamptz,
    worker text,
    last_error text,
    created_at timestamptz not null default now(),
    unique nulls not distinct (file_id, stage, model_version_id),
    foreign key (file_id, repository_id) references source_file (file_id, repository_id) on delete cascade,
    check ((stage = 'embed') = (model_version_id is not null))
);
comment on table index_job is 'The queue: at most one job for a file and stage. failed is the dead-letter state; retry_failed_jobs queues it again.';
comment on column index_job.generation is 'Grows when the file changes while its job runs; the job is then not done when the worker is.';
create index index_job_claim on index_job (stage desc, run_after) where state = 'queued';
create index index_job_lease on index_job (lease_until) where state = 'running';
