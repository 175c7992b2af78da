-- A type of its own, because a function's output columns can't share names with its arguments.
create type fused_result as (
    rank int, chunk_id bigint, repository text, path text, start_line int, end_line int, kind text, symbol text,
    score float8, models jsonb, snippet text
);
comment on type fused_result is
'A row of search_models(): models has for each model version that found it {rank, score, weight, vector_rank}.';
