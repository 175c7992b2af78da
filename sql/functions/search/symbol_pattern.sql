-- A symbol as a regular expression on lower-case symbols: it, whatever it is qualified by, and what is in it.
-- Session and requests::Session find requests.Session and requests.Session.get, and not SessionStore.
create or replace function symbol_pattern(symbol text) returns text
language sql immutable strict parallel safe
as $$
    select '(^|\.)' || regexp_replace(lower(regexp_replace(trim(symbol), '(::|->|#)', '.', 'g')),
        '([.+*?^$(){}|\[\]\\])', '\\\1', 'g') || '(\.|$)'
    where trim(symbol) <> ''
$$;
comment on function symbol_pattern(text) is
'A symbol as a regular expression on lower-case symbols: it and what is in it.';
