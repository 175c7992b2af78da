-- What language models were asked, a day (UTC) and role.
create table rerank_use (
    used_on date not null,
    asked_by name not null,
    calls bigint not null default 0,
    failures bigint not null default 0,
    tokens bigint not null default 0,
    primary key (used_on, asked_by)
);
comment on table rerank_use is 'Calls of language models that put results in order, and their tokens, a day and role.';
comment on column rerank_use.tokens is 'As the model''s service counts them; what was reserved where it did not tell.';
