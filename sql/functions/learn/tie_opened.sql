-- Ties a chunk that a session opened to the searches of it that were looking for it: the last one up to last_query, and
-- those before it that asked for the same in other words (a word in common), back to the first that was answered (of
-- which something was used) or asked for something else, five at most, within feedback.session_minutes. A query that is
-- asked again in other words is one that did not find (Radlinski and Joachims 2005). leads is true where last_query
-- itself showed what was opened, which is feedback of its own. Returns how many searches were tied.
create or replace function tie_opened(last_query bigint, chunk_id bigint, leads boolean) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    last query_log := (select q from query_log q where q.query_id = tie_opened.last_query);
    words text [] := query_terms(last.query);
    tied bigint [];
begin
    if last.session is null or last.query is null then
        return 0;
    end if;
    with earlier as (
        select q.query_id, q.query,
               exists (select from query_feedback f where f.query_id = q.query_id
                       and f.signal in ('click', 'dwell', 'copy', 'accept', 'edit')) as answered
        from query_log q
        where q.session = last.session and q.asked_by = last.asked_by and q.query is not null
          and q.query_id <= last.query_id
          and q.asked_at > now() - setting_number('feedback.session_minutes') * interval '1 minute'
        order by q.query_id desc limit 5 + leads::int
    ), chain as (
        select e.query_id, bool_and(e.query_id = last.query_id and leads
                                    or not e.answered and query_terms(e.query) && words)
            over (order by e.query_id desc) as holds
        from earlier e
    ), written as (
        insert into session_opened (query_id, content_hash, repository_id, chunk_id, rank)
        select h.query_id, c.content_hash, c.repository_id, c.chunk_id,
               (select min(r.rank) from query_results r
                where r.query_id = h.query_id and r.content_hash = c.content_hash)
        from chain h join chunk c on c.chunk_id = tie_opened.chunk_id
        where h.holds and not (leads and h.query_id = last.query_id)
        on conflict do nothing
        returning query_id
    )
    select array_agg(w.query_id) into tied from written w;
    perform keep_texts(t) from unnest(tied) t;
    perform keep_chunk_texts(array[tie_opened.chunk_id]) where tied is not null;
    return coalesce(cardinality(tied), 0);
end
$$;
comment on function tie_opened(bigint, bigint, boolean) is
'Ties a chunk that a session opened to the searches of it that were looking for it; how many.';
revoke all on function tie_opened(bigint, bigint, boolean) from public;
