-- The weighted term frequencies of a chunk (BM25F's simple form: fields are weighted before saturation).
create or replace function term_weights(lexemes tsvector, field_weights real [])
returns table (term text, frequency real)
language sql immutable parallel safe rows 60
as $$
    select l.lexeme,
           (field_weights[1] * cardinality(array_positions(l.weights, 'A'))
            + field_weights[2] * cardinality(array_positions(l.weights, 'B'))
            + field_weights[3] * cardinality(array_positions(l.weights, 'C'))
            + field_weights[4] * cardinality(array_positions(l.weights, 'D')))::real
    from unnest(lexemes) as l
$$;
comment on function term_weights(tsvector, real []) is 'The weighted term frequencies of a chunk''s terms.';
