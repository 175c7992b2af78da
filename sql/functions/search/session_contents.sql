-- The contents of chunks that searches of a session have given whole to the role that asks, by their hashes.
create or replace function session_contents(session text) returns uuid []
language sql stable security definer
set search_path from current
as $$
    select coalesce(array_agg(distinct r.content_hash), '{}')
    from query_log l join query_results r on r.query_id = l.query_id
    where l.session = session_contents.session and l.packed and l.asked_by = asking_role()
        and r.repository_id = any(writable_repositories())
$$;
comment on function session_contents(text) is
'The contents of chunks that searches of a session have given whole to the role that asks.';
revoke all on function session_contents(text) from public;
