-- What somebody should be told: kept until a poster took it, and claimed like a job.
create table alert (
    alert_id bigint generated always as identity primary key,
    raised_at timestamptz not null default clock_timestamp(),
    subject text not null,
    state text not null check (state in ('ok', 'soft', 'hard')),
    previous_state text not null,
    text text not null,
    details jsonb not null,
    posted_at timestamptz,
    attempts int not null default 0,
    lease_until timestamptz,
    last_error text
);
comment on table alert is
'Changes of state that somebody should be told; those without posted_at wait for pgcodesearch maintain --webhook.';
comment on column alert.lease_until is 'Until then somebody is posting it.';
create index alert_waiting on alert (alert_id) where posted_at is null;
create index alert_subject on alert (subject, alert_id);
