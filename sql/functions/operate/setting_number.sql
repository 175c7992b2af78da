-- A numeric setting by name: the database's own value, else the default.
create or replace function setting_number(name text) returns float8
language sql stable strict parallel safe
as $$
    select (coalesce((select s.value from codesearch.setting s where s.name = setting_number.name),
                     (select d.value from codesearch.default_settings() d where d.name = setting_number.name)) #>> '{}')::float8
$$;
comment on function setting_number(text) is 'A numeric setting by name: the database''s own value, else the default.';
