-- A query as it is compared with others: in lower case, with one blank for any white space.
create or replace function normalised_query(query text) returns text
language sql immutable parallel safe
as $$
    select lower(regexp_replace(regexp_replace(query, '\s+', ' ', 'g'), '^ | $', '', 'g'))
$$;
comment on function normalised_query(text) is
'A query as it is compared with others: in lower case, with one blank for any white space.';
