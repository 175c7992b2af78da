-- Adds to search_count what was logged up to ten minutes ago: numbers are drawn before they are committed, and one that
-- is committed later than that is not counted. Returns how many were.
create or replace function count_searches() returns bigint
language plpgsql volatile
set search_path from current
as $$
declare
    until bigint;
    counted bigint;
begin
    -- Two at once would count the same searches.
    perform hold_work_lock('search counts');
    select q.query_id into until from query_log q where q.asked_at < now() - interval '10 minutes'
    order by q.query_id desc limit 1;
    with added as (
        insert into search_count as c
        select u.* from uncounted_searches(until) u where until is not null
        on conflict (query_class, mode, from_cache, at_most) do update
        set searches = c.searches + excluded.searches, microseconds = c.microseconds + excluded.microseconds,
            empty = c.empty + excluded.empty, counted_until = excluded.counted_until
        returning 1)
    select count(*) into counted from added;
    return counted;
end
$$;
comment on function count_searches() is 'Adds to search_count what was logged; how many rows of it changed.';
revoke all on function count_searches() from public;
