-- Every switch of the ranker.
create table ranker_activation (
    activation_id bigint generated always as identity primary key,
    ranker_id int references ranker on delete cascade,
    previous_id int references ranker on delete set null,
    activated_at timestamptz not null default now(),
    reason text,
    rolled_back_at timestamptz
);
comment on table ranker_activation is
'Every switch of the ranker, newest last; ranker_id and previous_id are null where it is the shipped one.';
