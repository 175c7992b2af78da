-- Judged queries and what search answered to them. Repositories stand here by name, without a foreign key: queries
-- can be judged before the repository is indexed, and a run stays readable after it is gone.
create table judged_query (
    query_set text not null check (query_set <> ''),
    query_key text not null check (query_key <> ''),
    repository text,
    language text,
    category text,
    query text not null,
    imported_at timestamptz not null default now(),
    primary key (query_set, query_key)
);
comment on table judged_query is 'A query somebody judged; one without a judgment of grade 2 or 3 should find nothing.';
comment on column judged_query.query_key is 'The id of the query in the file it came from.';
comment on column judged_query.repository is 'Name of the repository that is searched; null searches all.';

create table judgment (
    query_set text not null,
    query_key text not null,
    path text not null check (path <> ''),
    symbol text,
    start_line int not null check (start_line >= 1),
    end_line int not null check (end_line >= start_line),
    grade smallint not null check (grade in (0, 2, 3)),
    primary key (query_set, query_key, path, start_line, end_line),
    foreign key (query_set, query_key) references judged_query on delete cascade
);
comment on table judgment is 'An explicit label of one place in a file: 3 answers the query, 2 is part of the answer, 0 does not belong.';

create table evaluation_run (
    run_id bigint generated always as identity primary key,
    query_set text not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    model text,
    mode text not null,
    k int not null,
    settings jsonb not null,
    metrics jsonb,
    note text
);
comment on table evaluation_run is 'One pass of a set of judged queries through codesearch.search.';
comment on column evaluation_run.settings is 'The settings in force during the run, by name.';
comment on column evaluation_run.metrics is 'Means over all queries and by category, language and repository; null until the run is complete.';

create table evaluation_result (
    run_id bigint not null references evaluation_run on delete cascade,
    query_key text not null,
    repository text,
    language text,
    category text,
    first_rank int,
    metrics jsonb not null,
    results jsonb not null,
    latency_ms real not null,
    primary key (run_id, query_key)
);
comment on table evaluation_result is 'One query of a run: what was returned, and how good it was.';
comment on column evaluation_result.first_rank is 'Rank of the first result that matches a judgment, null if none does.';
comment on column evaluation_result.metrics is 'Metrics of the query; an empty object where nothing should be found.';
