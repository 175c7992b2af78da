-- A setting by name: the database's own value, else the default.
create or replace function current_setting_value(name text) returns jsonb
language sql stable strict parallel safe
as $$
    select coalesce((select s.value from codesearch.setting s where s.name = current_setting_value.name),
                    (select d.value from codesearch.default_settings() d where d.name = current_setting_value.name))
$$;
comment on function current_setting_value(text) is 'A setting by name: the database''s own value, else the default.';
