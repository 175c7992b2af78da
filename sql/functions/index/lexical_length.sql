-- Weighted token count of a chunk: the document length of BM25.
create or replace function lexical_length(lexemes tsvector, weights real []) returns real
language sql immutable parallel safe
as $$
    select coalesce(sum(t.frequency), 0)::real from codesearch.term_weights(lexemes, weights) t
$$;
comment on function lexical_length(tsvector, real []) is
'Weighted token count of a chunk: the document length of BM25.';
