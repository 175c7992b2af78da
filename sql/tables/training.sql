-- Training rounds: what each was trained from and on, and how it went. Models stand here by name: a run stays readable after
-- one is dropped. The configuration has all that is needed to go on where a killed run stopped.
create table training_run (
    run_id bigint generated always as identity primary key,
    base_model text not null,
    candidate text,
    status text not null default 'running'
    check (status in ('running', 'trained', 'activated', 'promoted', 'refused', 'skipped', 'interrupted', 'failed')),
    stage text not null default 'start',
    configuration jsonb not null default '{}',
    dataset jsonb not null default '{}',
    result jsonb not null default '{}',
    reason text,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    check ((status = 'running') = (finished_at is null))
);
comment on table training_run is 'Rounds of training: base model, data, settings, outcome and its reason.';
comment on column training_run.base_model is 'The model version, or the folder, that training started from.';
comment on column training_run.candidate is 'The model version it gave.';
comment on column training_run.stage is 'The last step that was begun; alone for a run that is no round.';
comment on column training_run.reason is 'Why it ended as it did: the gate''s reason, or the error.';

create table training_metric (
    run_id bigint not null references training_run on delete cascade,
    step int not null check (step >= 0),
    recorded_at timestamptz not null default clock_timestamp(),
    loss float8,
    positive_cosine float8,
    negative_cosine float8,
    margin float8,
    violation_rate float8,
    learning_rate float8,
    gradient_norm float8,
    seconds float8,
    validation_mrr float8,
    primary key (run_id, step)
);
comment on table training_metric is 'What a training run reported, by optimiser step; validation_mrr only where it was validated.';
comment on column training_metric.margin is 'Mean cosine to the positives less the mean to the negatives.';
comment on column training_metric.violation_rate is 'Share of negatives nearer to the query than its positive.';
comment on column training_metric.seconds is 'Since this process began the run or went on with it.';
