-- Whether a dotted name ends with another: core.Command with Command, not MyCommand.
create or replace function ends_with_name(whole text, part text) returns boolean
language sql immutable parallel safe
as $$
    select right('.' || whole, length(part) + 1) = '.' || part
$$;
comment on function ends_with_name(text, text) is 'Whether a dotted name ends with another.';
