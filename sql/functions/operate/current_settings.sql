-- All settings as one object: defaults, overridden by what was tuned with the active ranker, that by the model
-- version's own, and that by the database's.
create or replace function current_settings(model_version_id int default null) returns jsonb
language plpgsql stable parallel safe
as $$
begin
    return (
        select codesearch.default_setting_values()
            || codesearch.ranker_settings(current_settings.model_version_id)
            || coalesce((select jsonb_object_agg(o.key, o.value)
                         from codesearch.model_version m, jsonb_each(m.settings) o
                         where m.model_version_id = current_settings.model_version_id
                             and codesearch.allowed_setting(o.key, o.value)), '{}')
            || coalesce((select jsonb_object_agg(s.name, s.value) from codesearch.setting s
                where codesearch.allowed_setting(s.name, s.value)), '{}'));
end
$$;
comment on function current_settings(int) is
'All settings as one object: defaults, the model version''s own, the database''s own.';
