-- A setting by name: the database's own value, else the default.
create or replace function current_setting_value(name text) returns jsonb
language plpgsql stable strict parallel safe
as $$
begin
    return (
        select coalesce((select s.value from codesearch.setting s
                         where s.name = current_setting_value.name and codesearch.allowed_setting(s.name, s.value)),
                        codesearch.default_setting_values() -> name));
end
$$;
comment on function current_setting_value(text) is 'A setting by name: the database''s own value, else the default.';
