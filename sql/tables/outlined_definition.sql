-- A type of its own, because a function's output columns can't share names with its arguments.
create type outlined_definition as (
    place int, repository text, path text, start_line int, end_line int, kind text, symbol text, chunk_id bigint,
    importance float8, tokens int, text text, total_tokens int
);
comment on type outlined_definition is
'A row of outline(): text is a line of the map, with the path before it where a file begins; total_tokens is the same '
'in each row.';
