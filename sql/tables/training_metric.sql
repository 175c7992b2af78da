-- What training runs reported, by optimiser step.
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
comment on table training_metric is
'What a training run reported, by optimiser step; validation_mrr only where it was validated.';
comment on column training_metric.margin is 'Mean cosine to the positives less the mean to the negatives.';
comment on column training_metric.violation_rate is 'Share of negatives nearer to the query than its positive.';
comment on column training_metric.seconds is 'Since this process began the run or went on with it.';
