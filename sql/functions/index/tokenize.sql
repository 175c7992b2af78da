-- The tokens of a text as the index has them: words of identifiers, whole identifiers, light stemming.
create or replace function tokenize(input text) returns text []
language sql stable strict parallel safe
set search_path from current
as $$
    select coalesce(array_agg(t.lexeme order by p.position), '{}')
    from unnest(to_tsvector('codesearch.code', split_identifiers(left(input, 100000))))
        as t(lexeme, positions, weights),
         unnest(t.positions) as p(position)
$$;
comment on function tokenize(text) is
'The tokens of a text as the index has them: words of identifiers, whole identifiers, light stemming.';
