-- A type of its own, because every verb of the code graph returns it.
create type code_place as (
    repository text, path text, line int, chunk_id bigint, kind text, symbol text, text text, confidence float8
);
comment on type code_place is
'A line of code: what it is of the symbol asked for, the symbol it stands in, its text, and how sure that is (0 to 1).';
