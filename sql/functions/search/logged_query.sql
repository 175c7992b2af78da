-- The number that the log has for a search of the asking role, by what the search gave as query_id: itself, or a
-- provisional id. One that did not arrive yet is left as it is, which no search of the log has.
create or replace function logged_query(query_id bigint) returns bigint
language sql stable
set search_path from current
as $$
    select case when query_id < provisional_ids() then query_id
           else coalesce((select q.query_id from query_log q
                          where q.provisional_id = logged_query.query_id and q.asked_by = asking_role()), query_id) end
$$;
comment on function logged_query(bigint) is 'The number that the log has for a search, by the query_id that it gave.';
