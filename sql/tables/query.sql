-- What was asked, what was shown, and what was used. No foreign key to chunk: history outlives the chunks it names.
create table query_log (
    query_id bigint generated always as identity primary key,
    asked_at timestamptz not null default now(),
    asked_by name not null default session_user,
    query text,
    query_hash uuid not null,
    query_class text,
    mode text not null,
    model_version_id int,
    filters jsonb,
    k int not null,
    result_count int not null,
    top_score float8,
    latency_ms real not null
);
comment on table query_log is 'One row a search; query is null where the text is kept as a hash only.';
create index query_log_asked_at on query_log using brin (asked_at);

create table query_results (
    query_id bigint not null references query_log on delete cascade,
    rank int not null,
    chunk_id bigint not null,
    repository_id int not null,
    content_hash uuid not null,
    score float8 not null,
    lexical_rank int,
    vector_rank int,
    primary key (query_id, rank)
);
comment on table query_results is 'What a search showed, at which rank and score.';

create table setting (
    name text primary key,
    value jsonb not null,
    changed_at timestamptz not null default now()
);
comment on table setting is 'Settings that differ from default_settings(), by name; they take effect at the next call. See the view settings.';
