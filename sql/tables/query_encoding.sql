-- A type of its own, because an embedding goes with the settings it is compared by.
create type query_encoding as (embedding halfvec, encoder text, settings jsonb);
comment on type query_encoding is
'The embedding of a query, by what (table or model), and the settings that go with it.';
