-- A type of its own, because a function's output columns can't share names with its arguments.
create type change_result as (
    rank int, commit_id bigint, repository text, hash text, authored_at timestamptz, author text, subject text,
    body text, score float8, lexical_rank int, vector_rank int, paths text [], file_count int, code jsonb
);
comment on type change_result is 'A row of search_changes().';
