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

-- The rows of search and explain: types of their own, because a function's output columns can't share names with its
-- arguments (repository, path, kind).
create type search_result as (
    rank int, chunk_id bigint, repository text, path text, start_line int, end_line int, kind text, symbol text, score float8,
    lexical_rank int, vector_rank int, snippet text, query_id bigint
);
comment on type search_result is 'A row of search().';

create type search_explanation as (
    rank int, chunk_id bigint, path text, start_line int, symbol text, score float8, query_class text, matched_terms text [],
    missing_terms text [], lexical_rank int, vector_rank int, shares jsonb, measures jsonb, highlighted text
);
comment on type search_explanation is 'A row of explain().';
