-- A type of its own, because each part of impact() looks for what goes with them.
create type impact_target as (
    chunk_id bigint, ordinal int, repository_id int, version_id bigint, name text, symbol text, kind text, path text,
    line int, confidence float8, of_file boolean
);
comment on type impact_target is
'A definition that is to change, or one of the definitions of a file that is (of_file); without a chunk_id the file.';
