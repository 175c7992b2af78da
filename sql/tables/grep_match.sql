-- A type of its own, because a function's output columns can't share names with its arguments.
create type grep_match as (
    repository text, path text, line int, start_column int, line_text text, match text, chunk_id bigint, symbol text,
    next_page jsonb
);
comment on type grep_match is
'A row of grep(): lines and columns count from 1, columns in characters; chunk_id and symbol are those of the '
'innermost chunk; next_page is where the next page begins, null where nothing is left.';
