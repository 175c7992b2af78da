-- Keeps the texts of what one search showed: the named result may become a positive, the others its negatives. A chunk
-- that is gone already has a text only if other feedback kept it.
create or replace function keep_texts(query_id bigint) returns int
language sql volatile
set search_path from current
as $$
    select keep_chunk_texts(array(
        select c.chunk_id
        from query_results r
        join chunk c on c.chunk_id = r.chunk_id and c.repository_id = r.repository_id
            and c.content_hash = r.content_hash
        where r.query_id = keep_texts.query_id order by r.rank))
$$;
comment on function keep_texts(bigint) is 'Keeps the texts of what one search showed; returns how many.';
revoke all on function keep_texts(bigint) from public;
