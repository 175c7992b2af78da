-- Logs a search where what it showed is learned from, which is here (log_query): the numbers of its log entries.
create or replace function log_search(
    query text, k int, repository text, path text, language text, kind text, mode text, model_id int, hits hit [],
    started timestamptz, session text, surest float8
)
returns bigint []
language plpgsql volatile
set search_path from current
as $$
begin
    return array[log_query(query, k, repository, path, language, kind, mode, model_id, hits, started, session, surest)];
end
$$;
comment on function log_search(
    text, int, text, text, text, text, text, int, hit [], timestamptz, text, float8
) is 'Logs a search where what it showed is learned from.';
