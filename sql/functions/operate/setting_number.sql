-- A numeric setting by name.
create or replace function setting_number(name text) returns float8
language sql stable strict parallel safe
as $$
    select (codesearch.current_setting_value(name) #>> '{}')::float8
$$;
comment on function setting_number(text) is 'A numeric setting by name.';
