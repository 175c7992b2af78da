-- Logs what was shown of a search whose results a client put in order, or cut: of those the search logged, these, in
-- this order. rank is then what was shown, by which feedback is weighed, and search_rank where the search had it. Only
-- for searches of the asking role, and before any feedback. Returns how many results the log has now.
create or replace function log_rerank(query_id bigint, chunk_ids bigint [], reranker text) returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    logged_id bigint := logged_query(query_id);
    own query_log := (select q from query_log q where q.query_id = logged_id and q.asked_by = asking_role());
    logged query_results [];
begin
    if own is null then
        raise exception using errcode = 'CS009', message = format('there is no query %s of yours', query_id),
            hint = 'query_id is in the rows of codesearch.search; searches are kept for log.retention_days';
    elsif own.reranked_by is not null
          or exists (select from query_feedback f where f.query_id = logged_id) then
        raise exception using errcode = 'CS001', message = format('query %s was shown already', query_id),
            hint = 'results are put in order once, before they are shown';
    end if;
    logged := array(
        select r from query_results r
        join unnest(log_rerank.chunk_ids) with ordinality as a(chunk_id, place) on a.chunk_id = r.chunk_id
        where r.query_id = logged_id
          and a.place = array_position(log_rerank.chunk_ids, r.chunk_id)
        order by a.place);
    delete from query_results r where r.query_id = logged_id;
    insert into query_results (query_id, rank, chunk_id, repository_id, content_hash, score, lexical_rank, vector_rank,
        search_rank)
    select l.query_id, l.place, l.chunk_id, l.repository_id, l.content_hash, l.score, l.lexical_rank, l.vector_rank,
           case when reranker is not null then l.rank end
    from unnest(logged) with ordinality as l(query_id, rank, chunk_id, repository_id, content_hash, score, lexical_rank,
        vector_rank, search_rank, place);
    update query_log q set k = least(q.k, greatest(cardinality(logged), 1)), result_count = cardinality(logged),
        reranked_by = left(reranker, 200)
    where q.query_id = logged_id;
    return cardinality(logged);
end
$$;
comment on function log_rerank(bigint, bigint [], text) is
'Logs what was shown of a search whose results a client put in order.';
revoke all on function log_rerank(bigint, bigint [], text) from public;
