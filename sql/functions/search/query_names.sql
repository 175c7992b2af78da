-- The names a query may mean, in lower case: the query itself where it is one word, and the last part and the whole of
-- each of its symbols.
create or replace function query_names(query text) returns text []
language sql immutable strict parallel safe
as $$
    select coalesce(array_agg(distinct lower(n.name)), '{}')
    from (select regexp_replace(s.symbol, '^.*\.', '') as name from unnest(codesearch.query_symbols(query)) as s(symbol)
          union all
          select s.symbol from unnest(codesearch.query_symbols(query)) as s(symbol)
          union all
          select regexp_replace(trim(both '"''`() ' from query), '^.*(\.|::|#|->)', '')
          where trim(both '"''`() ' from query) ~ '^[^[:space:]]+$') n
    where n.name <> '' and length(n.name) <= 200
$$;
comment on function query_names(text) is 'The names a query may mean, in lower case.';
