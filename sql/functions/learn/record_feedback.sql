-- Records what a user did with a result of a search: click, dwell (value is seconds), copy, accept, reject, edit; or
-- abandon, which needs no chunk. Readers may call it for their own searches and need no right on the tables. A client
-- that may have to send it again chooses a key: it is recorded once. given_at is when that was, where it was kept for
-- the server to come back: not before the search, nor in the future.
create or replace function record_feedback(
    query_id bigint, chunk_id bigint, signal text, value float8 default null, key uuid default null,
    given_at timestamptz default null
)
returns bigint
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    logged_id bigint := logged_query(record_feedback.query_id);
    shown query_results := check_feedback(logged_id, record_feedback.chunk_id, record_feedback.signal,
        record_feedback.value);
    recorded bigint;
begin
    insert into query_feedback (query_id, given_at, signal, value, chunk_id, rank, content_hash, feedback_key)
    values (logged_id,
        greatest(least(record_feedback.given_at, clock_timestamp()),
            (select q.asked_at from query_log q where q.query_id = logged_id)),
        record_feedback.signal, record_feedback.value, record_feedback.chunk_id, shown.rank, shown.content_hash,
        record_feedback.key)
    on conflict (feedback_key) where feedback_key is not null do nothing
    returning feedback_id into recorded;
    if recorded is null then
        return (select f.feedback_id from query_feedback f
                where f.feedback_key = record_feedback.key and f.query_id = logged_id);
    end if;
    -- Without the words of the query there is nothing to learn from, so nothing is kept.
    if exists (select from query_log q where q.query_id = logged_id and q.query is not null) then
        perform keep_texts(logged_id);
    end if;
    -- What an earlier search of the session was looking for, too.
    if record_feedback.signal in ('click', 'dwell', 'copy', 'accept', 'edit') then
        perform tie_opened(logged_id, record_feedback.chunk_id, leads => true);
    end if;
    return recorded;
end
$$;
comment on function record_feedback(bigint, bigint, text, float8, uuid, timestamptz) is
'Records what a user did with a result: click, dwell, copy, accept, reject, edit, abandon; returns its id.';
revoke all on function record_feedback(bigint, bigint, text, float8, uuid, timestamptz) from public;
