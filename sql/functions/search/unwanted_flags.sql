-- The kinds of path that a query does not ask for: "test for redirects" lifts the push-down of tests.
create or replace function unwanted_flags(query text) returns text []
language sql immutable strict parallel safe
as $$
    select array_agg(f.flag)
    from (values
        ('test', '\m(tests?|testing|tested|spec|mock|fixture)'),
        ('example', '\m(examples?|sample|demo|tutorial|benchmark)'),
        ('generated', '\mgenerated'),
        ('vendored', '\m(vendor|third.party)'),
        ('legacy', '\m(legacy|deprecated|compat|obsolete)'),
        ('docs', '\m(docs?|documentation|readme|changelog|license)\M'),
        ('entry', '\m(__init__|index\.[jt]s|re-?exports?)')
    ) as f(flag, pattern)
    where lower(query) !~ f.pattern
$$;
comment on function unwanted_flags(text) is 'The kinds of path that a query does not ask for.';
