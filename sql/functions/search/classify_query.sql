-- The class of a query: identifier (names, and little else), mixed (a name among words), semantic (words). A single
-- word counts as an identifier: it is either a name or best found as one.
create or replace function classify_query(query text) returns text
language sql immutable strict parallel safe
as $$
    select case
        when w.words = 0 then 'semantic'
        when w.words <= 1 or s.symbols * 2 >= w.words and w.words <= 4 then 'identifier'
        when s.symbols > 0 then 'mixed'
        else 'semantic'
    end
    from (select cardinality(codesearch.query_symbols(query)) as symbols) s,
         (select count(*) as words from regexp_split_to_table(trim(left(query, 4000)), '\s+') t(word)
             where t.word ~ '[[:alnum:]]') w
$$;
comment on function classify_query(text) is 'The class of a query: identifier, mixed or semantic.';
