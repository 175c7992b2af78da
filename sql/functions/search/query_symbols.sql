-- The parts of a query that look like code: camelCase, snake_case, dotted or scoped names, calls, constants. Scopes are
-- written with dots ('a::b', 'A#b', 'a->b' become 'a.b').
create or replace function query_symbols(query text) returns text []
language plpgsql immutable strict parallel safe
as $$
begin
    return (
        select coalesce(array_agg(distinct s.symbol), '{}')
        from (select trim(both '.' from regexp_replace(m.parts[1], '(::|->|#|\?\.|\\)', '.', 'g')) as symbol,
            m.parts[2] as call
              from regexp_matches(left(query, 4000),
                  '([A-Za-z_$@][A-Za-z0-9_$]*(?:(?:\.|::|->|#|\?\.|\\)[A-Za-z_$][A-Za-z0-9_$]*)*[!?]?)(\(\)?)?',
                      'g') m(parts)) s
        where s.symbol ~ '[A-Za-z0-9]_+[A-Za-z0-9]|^_|[a-z0-9][A-Z]|[A-Z][A-Z][a-z]|^[A-Z][A-Z0-9_]{2,}$'
            '|[A-Za-z0-9]\.[A-Za-z_]|[$@]|[A-Za-z][0-9]+[A-Za-z]'
           or s.call is not null);
end
$$;
comment on function query_symbols(text) is 'The parts of a query that look like code, scopes written with dots.';
