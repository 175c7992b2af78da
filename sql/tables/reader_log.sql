-- A server that can't write, a hot standby, gives the log entry of a search to its client, which sends it to the
-- primary (log_by_client, log_shown). The client may send it, and feedback, twice: what makes each of them one is here.
alter table query_log add column provisional_id bigint;
comment on column query_log.provisional_id is
'The query_id that the search gave where its client logs it: record_feedback and log_rerank take it too.';
create unique index query_log_provisional on query_log (provisional_id, asked_by) where provisional_id is not null;

alter table query_feedback add column feedback_key uuid;
comment on column query_feedback.feedback_key is 'Chosen by a client that may have to send the same feedback again.';
create unique index query_feedback_key on query_feedback (feedback_key) where feedback_key is not null;

-- It has more arguments now.
drop function if exists record_feedback(bigint, bigint, text, float8);
