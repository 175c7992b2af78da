-- The query side of a model version as a table: the sum of the rows of a query's tokens lies near the model's own
-- vector of the query, so that any backend embeds it by look-up (LightRetriever, Ma et al. 2025).
create table query_table (
    model_version_id int primary key references model_version on delete cascade,
    tokenizer jsonb not null,
    settings jsonb not null default '{}',
    accepted boolean not null,
    reason text,
    metrics jsonb not null default '{}',
    fitted_at timestamptz not null default now()
);
comment on table query_table is
'Query tables of model versions. One that was not accepted stays for its reason: the model itself embeds queries then.';
comment on column query_table.tokenizer is
'How a query becomes tokens: type (wordpiece), special tokens before and behind, and options of the type.';
comment on column query_table.settings is 'The scale of cosines of its vectors: vector.mean and vector.deviation.';
