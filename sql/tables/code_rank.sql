-- A definition and how much leads to it.
create type code_rank as (
    repository text, path text, line int, chunk_id bigint, kind text, symbol text, text text, score float8
);
comment on type code_rank is 'A definition and how much leads to it; the mean of a repository is 1.';
