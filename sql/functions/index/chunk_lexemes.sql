-- The searchable terms of a chunk: A its name and scope, B its path, C signature and documentation, D the whole text.
create or replace function chunk_lexemes(symbol text, path text, signature text, doc text, content text)
returns tsvector
language sql stable strict parallel safe
as $$
    select setweight(to_tsvector('codesearch.code', codesearch.split_identifiers(left(symbol, 1000))), 'A')
        || setweight(to_tsvector('codesearch.code', codesearch.split_identifiers(left(path, 1000))), 'B')
        || setweight(to_tsvector('codesearch.code', codesearch.split_identifiers(left(signature || ' ' || doc, 20000))),
            'C')
        || to_tsvector('codesearch.code', codesearch.split_identifiers(left(content, 200000)))
$$;
comment on function chunk_lexemes(text, text, text, text, text) is
'The searchable terms of a chunk, labelled by field: A name, B path, C signature and documentation, D text.';
