-- Two model versions on the same judged queries, and what the gate made of it. Models stand here by name: a comparison
-- stays readable after one is dropped.
create table model_comparison (
    comparison_id bigint generated always as identity primary key,
    compared_at timestamptz not null default now(),
    query_set text not null,
    baseline text not null,
    candidate text not null,
    baseline_run_id bigint references evaluation_run on delete set null,
    candidate_run_id bigint references evaluation_run on delete set null,
    metric text not null,
    differences jsonb not null,
    verdict text check (verdict in ('promote', 'refuse')),
    reason text,
    check ((verdict is null) = (reason is null))
);
comment on table model_comparison is 'Two model versions on the same judged queries: paired differences with intervals, and the gate''s verdict.';
comment on column model_comparison.differences is 'Candidate minus baseline, over all queries and by category: mean, low, high (95 % bootstrap), queries, wins, losses.';
comment on column model_comparison.verdict is 'Null where the two were only compared.';
