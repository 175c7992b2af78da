-- A type of its own, because a function's output columns can't share names with its arguments.
create type packed_code as (
    place int, form text, repository text, path text, start_line int, end_line int, symbols text [],
    chunk_ids bigint [], tokens int, text text, total_tokens int, saved_tokens int, query_id bigint
);
comment on type packed_code is
'A row of pack(): form is code or signature; text has a heading and ends with a line, tokens counts all of it; '
'total_tokens and saved_tokens, against reading the files of all rows whole, are the same in each row.';
