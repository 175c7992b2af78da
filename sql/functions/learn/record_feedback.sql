-- Records what a user did with a result of a search: click, dwell (value is seconds), copy, accept, reject, edit; or
-- abandon, which needs no chunk. Readers may call it for their own searches and need no right on the tables.
create or replace function record_feedback(query_id bigint, chunk_id bigint, signal text, value float8 default null)
    returns bigint
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    shown query_results := check_feedback(record_feedback.query_id, record_feedback.chunk_id, record_feedback.signal,
        record_feedback.value);
    recorded bigint;
begin
    insert into query_feedback (query_id, signal, value, chunk_id, rank, content_hash)
    values (record_feedback.query_id, record_feedback.signal, record_feedback.value, record_feedback.chunk_id,
        shown.rank, shown.content_hash)
    returning feedback_id into recorded;
    -- Without the words of the query there is nothing to learn from, so nothing is kept.
    if exists (select from query_log q where q.query_id = record_feedback.query_id and q.query is not null) then
        perform keep_texts(record_feedback.query_id);
    end if;
    -- What an earlier search of the session was looking for, too.
    if record_feedback.signal in ('click', 'dwell', 'copy', 'accept', 'edit') then
        perform tie_opened(record_feedback.query_id, record_feedback.chunk_id, leads => true);
    end if;
    return recorded;
end
$$;
comment on function record_feedback(bigint, bigint, text, float8) is
'Records what a user did with a result: click, dwell, copy, accept, reject, edit, abandon; returns its id.';
revoke all on function record_feedback(bigint, bigint, text, float8) from public;
