-- Refuses feedback that can't be meant, each with its mend; the row that was shown otherwise. A search of another role
-- looks like one that never was, unless the caller is a member of that role or an administrator.
create or replace function check_feedback(query_id bigint, chunk_id bigint, signal text, value float8)
    returns query_results
language plpgsql stable
set search_path from current
as $$
declare
    asker name := (select q.asked_by from query_log q where q.query_id = check_feedback.query_id);
    own boolean := asker = asking_role() or exists (
        select from pg_roles r where r.rolname in (asker, 'codesearch_admin')
            and pg_has_role(asking_role(), r.oid, 'usage'));
    shown query_results;
begin
    if signal is null or signal not in ('click', 'dwell', 'copy', 'accept', 'reject', 'edit', 'abandon') then
        raise exception using errcode = 'CS001', message = format('signal %L is not known', signal),
            hint = 'signals: click, dwell, copy, accept, reject, edit, abandon';
    elsif query_id is null or (chunk_id is null and signal <> 'abandon') then
        raise exception using errcode = 'CS001',
            message = format('signal %s needs a %s', signal, case when query_id is null then 'query_id'
                else 'chunk_id' end),
            hint = 'both stand in the rows of codesearch.search; '
                'query_id is null where log.enabled is false or log => false was given';
    elsif value in ('NaN', 'Infinity', '-Infinity') or (signal = 'dwell' and coalesce(value, -1) < 0) then
        raise exception using errcode = 'CS001',
            message = format('%s can''t have the value %s', signal, coalesce(value::text, 'NULL')),
            hint = 'the value of dwell is seconds, 0 or more';
    elsif own is not true then
        raise exception using errcode = 'CS009', message = format('there is no query %s of yours', query_id),
            hint = 'query_id is in the rows of codesearch.search; searches are kept for log.retention_days';
    end if;
    select r.* into shown from query_results r
    where r.query_id = check_feedback.query_id and r.chunk_id = check_feedback.chunk_id order by r.rank limit 1;
    if chunk_id is not null and shown is null then
        raise exception using errcode = 'CS009', message = format('query %s did not show chunk %s', query_id, chunk_id),
            hint = 'select rank, chunk_id from codesearch.query_results where query_id = ' || query_id;
    end if;
    return shown;
end
$$;
comment on function check_feedback(bigint, bigint, text, float8) is
'Refuses feedback that can''t be meant, each with its mend; the row that was shown otherwise.';
