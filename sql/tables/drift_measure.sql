-- How well search still fits what is asked and indexed, as a series.
create table drift_measure (
    measured_at timestamptz not null default clock_timestamp(),
    model_version_id int not null references model_version on delete cascade,
    measure text not null check (measure in (
        'pass_rate', 'miss_rate', 'neighbour_similarity', 'mrr', 'asked_classes', 'asked_words', 'asked_distance'
    )),
    subject text not null default '',
    value float8,
    baseline float8,
    threshold float8 not null,
    hard_threshold float8 not null,
    sample_count int not null,
    state text not null check (state in ('ok', 'soft', 'hard', 'too few')),
    details jsonb not null default '{}',
    primary key (model_version_id, measure, subject, measured_at)
);
comment on table drift_measure is
'What check_drift measured, as a series; the view drift_status has the newest of each.';
comment on column drift_measure.subject is 'The set of judged queries of an mrr; empty for the others.';
comment on column drift_measure.baseline is 'What value is compared with; null where the threshold is a fixed one.';
comment on column drift_measure.threshold is
'The value at which it becomes soft: a miss rate and what is asked from here on up, the others from here on down.';
comment on column drift_measure.sample_count is 'How many searches, texts or judged queries value is the mean of.';
comment on column drift_measure.details is 'What it was measured with; the next check goes on from it.';
