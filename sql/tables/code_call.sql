-- What a chunk calls: a place as the other verbs of the code graph return it, and the line of the call.
create type code_call as (
    repository text, path text, line int, chunk_id bigint, kind text, symbol text, text text, confidence float8,
    call_line int
);
comment on type code_call is 'A definition that a chunk calls, and the line of the call in the chunk''s file.';
