-- One imported name: where it is written, what it is, and where it is defined when that is in the repository.
create type code_import as (
    repository text, path text, line int, chunk_id bigint, symbol text, text text, confidence float8, module text,
    alias text, defined_in text, defined_at int, definition_chunk_id bigint
);
comment on type code_import is
'One imported name: where it is written, what it is, and where it is defined when that is in the repository.';
