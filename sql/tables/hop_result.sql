-- A type of its own, because a function's output columns can't share names with its arguments.
create type hop_result as (
    rank int, chunk_id bigint, repository text, path text, start_line int, end_line int, kind text, symbol text,
    score float8, hop int, via bigint, trail text, reason text, stopped text, snippet text, query_id bigint
);
comment on type hop_result is
'A row of search_hops(): via is the chunk that led to it, trail the way there in words, reason its last step, stopped '
'why the search went no further, the same in each row.';
