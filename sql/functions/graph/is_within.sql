-- Whether the parts of one dotted name stand in another in the same order: click.Context in click.core.Context. What is
-- imported from a package is often defined further down.
create or replace function is_within(part text, whole text) returns boolean
language sql immutable parallel safe
as $$
    select '.' || replace(whole, '.', '..') || '.' like '%.' || replace(replace(replace(replace(part,
        '\', '\\'), '%', '\%'), '_', '\_'), '.', '.%.') || '.%'
$$;
comment on function is_within(text, text) is
'Whether the parts of one dotted name stand in another in the same order.';
