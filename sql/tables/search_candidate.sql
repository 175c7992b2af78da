-- A type of its own, because features are asked for a list of candidates as well as for a search.
create type search_candidate as (
    chunk_id bigint, version_id bigint, lexical_score float8, lexical_z float8, lexical_rank int, vector_rank int,
    vector_distance float8, is_named boolean
);
comment on type search_candidate is
'What a leg, or the look-up of names, has found: its exact BM25, standardised too, its place in each leg, and how far '
'the vector leg found it.';
