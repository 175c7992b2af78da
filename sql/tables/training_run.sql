-- Training rounds: what each was trained from and on, and how it went. Models stand here by name: a run stays readable
-- after one is dropped. The configuration has all that is needed to go on where a killed run stopped.
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
