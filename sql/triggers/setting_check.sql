-- Refuses a value that is not allowed, also where a row is written past change_setting.
create or replace function setting_check() returns trigger
language plpgsql
set search_path from current
as $$
begin
    perform check_settings(jsonb_build_object(new.name, new.value));
    return new;
end
$$;
comment on function setting_check() is 'Refuses a value that a setting may not have.';

create or replace trigger setting_check
before insert or update on setting
for each row execute function setting_check();
