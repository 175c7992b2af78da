-- Changes a setting, or with null brings back its default. What it may be: setting_limits.
create or replace function change_setting(name text, value jsonb) returns void
language plpgsql volatile
set search_path from current
as $$
begin
    if not default_setting_values() ? change_setting.name then
        raise exception using errcode = 'CS001', message = format('there is no setting %L', name),
            hint = 'select name, value, allowed, description from codesearch.settings';
    elsif value is null or value = 'null' then
        delete from setting s where s.name = change_setting.name;
    else
        perform check_settings(jsonb_build_object(change_setting.name, change_setting.value));
        insert into setting as s (name, value) values (change_setting.name, change_setting.value)
        on conflict on constraint setting_pkey do update set value = excluded.value, changed_at = now();
    end if;
end
$$;
comment on function change_setting(text, jsonb) is 'Changes a setting, or with null brings back its default.';
