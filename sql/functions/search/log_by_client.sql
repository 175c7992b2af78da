-- Asks, for the transaction, that its searches give their log entries to the client instead of writing them, and is
-- true, so that it stands where a search says whether it is logged: log => codesearch.log_by_client(). A hot standby
-- can't write, and a client that may have to ask again must not log twice. The entry comes as a notice about the table
-- query_log, its detail what log_shown takes. For the transaction, because behind a pooler the session is another
-- client's a moment later.
create or replace function log_by_client() returns boolean
language sql volatile
set search_path from current
as $$
    select set_config('codesearch.log_by_client', 'on', true) = 'on'
           -- Else it would not come where a role's messages begin at warnings.
           and set_config('client_min_messages', 'notice', true) = 'notice'
$$;
comment on function log_by_client() is
'True; searches of the transaction give their log entries to the client, in a notice, for log_shown.';
