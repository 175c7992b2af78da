-- The inverse document frequency of BM25 (Lucene's form, never negative), in single precision so that it compares equal
-- to what the index stores.
create or replace function bm25_idf(chunks numeric, frequency numeric) returns real
language sql immutable strict parallel safe
as $$
    select ln(1 + (chunks - frequency + 0.5) / (frequency + 0.5))::float8::real
$$;
comment on function bm25_idf(numeric, numeric) is 'The inverse document frequency of BM25.';
