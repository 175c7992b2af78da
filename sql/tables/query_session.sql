-- What one agent or person asks in a row, so that pack gives nothing twice in it, and what is opened later is known as
-- what was looked for.
alter table query_log add column session text;
comment on column query_log.session is 'The session that the caller named, if any.';
alter table query_log add column packed boolean not null default false;
comment on column query_log.packed is 'Its results were given whole (pack), not as snippets.';
create index query_log_session on query_log (session, query_id) where session is not null;
