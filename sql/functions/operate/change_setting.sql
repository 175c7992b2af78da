-- Changes a setting, or with null brings back its default.
create or replace function change_setting(name text, value jsonb) returns void
language plpgsql volatile
set search_path from current
as $$
begin
    if not exists (select from default_settings() d where d.name = change_setting.name) then
        raise exception using errcode = 'CS001', message = format('there is no setting %L', name),
            hint = 'select name, value, description from codesearch.settings';
    end if;
    if value is null or value = 'null' then
        delete from setting s where s.name = change_setting.name;
    else
        if jsonb_typeof(value) <> (select jsonb_typeof(d.value) from default_settings() d where d.name = change_setting.name) then
            raise exception using errcode = 'CS001', message = format('setting %s can''t be %s', name, value),
                hint = format('its default is %s', (select d.value from default_settings() d where d.name = change_setting.name));
        end if;
        insert into setting as s (name, value) values (change_setting.name, change_setting.value)
        on conflict on constraint setting_pkey do update set value = excluded.value, changed_at = now();
    end if;
end
$$;
comment on function change_setting(text, jsonb) is 'Changes a setting, or with null brings back its default.';
