-- Rankers: what each feature of a candidate counts. Without an active one shipped_ranker() answers.
create table ranker (
    ranker_id int generated always as identity primary key,
    name text not null unique check (name <> ''),
    status text not null default 'candidate' check (status in ('candidate', 'active', 'refused')),
    model_version_id int references model_version on delete cascade,
    weights jsonb not null,
    settings jsonb not null default '{}',
    calibration jsonb,
    parent_id int references ranker on delete set null,
    fitted_on jsonb not null default '{}',
    metrics jsonb not null default '{}',
    created_at timestamptz not null default now()
);
comment on table ranker is 'Weights of features, by name; they never change, one answers.';
comment on column ranker.model_version_id is 'The model version whose searches it ranks; null ranks those of all.';
comment on column ranker.weights is
'{legs: {class of query: {feature: weight}}}; legs are hybrid, lexical, vector. See shipped_ranker.';
comment on column ranker.settings is
'Settings that were tuned with it: they hold while it answers, beneath the model version''s and the database''s own.';
comment on column ranker.calibration is
'{legs: {class of query: {answered, right: {input: weight}, known, precise}}}: how sure hits are. See hit_confidences.';
comment on column ranker.parent_id is 'The ranker that was active when it was fitted; null is the shipped one.';
create unique index ranker_active on ranker (coalesce(model_version_id, 0)) where status = 'active';
