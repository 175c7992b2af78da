-- Refuses settings of a model version that are not allowed: every search with it would fail.
create or replace function model_version_check() returns trigger
language plpgsql
set search_path from current
as $$
begin
    perform check_settings(new.settings);
    return new;
end
$$;
comment on function model_version_check() is 'Refuses settings of a model version that are not allowed.';

create or replace trigger model_version_check
before insert or update of settings on model_version
for each row execute function model_version_check();
