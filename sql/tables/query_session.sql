-- What one agent or person asks in a row, so that pack gives nothing twice in it.
alter table query_log add column session text;
comment on column query_log.session is 'The session that the caller named, if any.';
create index query_log_session on query_log (session) where session is not null;
