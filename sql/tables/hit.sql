-- A result after fusion.
create type hit as (
    rank int,
    chunk_id bigint,
    repository_id int,
    content_hash uuid,
    score float8,
    lexical_rank int,
    vector_rank int,
    focus_line int,
    features jsonb
);
comment on type hit is 'A result after fusion, with the share of every signal in its score.';
