-- Registers a model version and creates its embedding table. The first one becomes active. Settings in its
-- configuration, as the scale of its cosines, become the version's own.
create or replace function add_model(
    name text, dimension int, max_tokens int, artefact jsonb, configuration jsonb default '{}', parent text default null
) returns int
language plpgsql volatile
set search_path from current
as $$
declare
    new_id int;
    first_one boolean := not exists (select from model_version where status = 'active');
    own_settings jsonb := coalesce(configuration -> 'settings', '{}');
    unknown text := (select string_agg(k, ', ') from jsonb_object_keys(own_settings) k
        where not default_setting_values() ? k);
begin
    if exists (select from model_version m where m.name = add_model.name) then
        raise exception using errcode = 'CS001',
            message = format('there is a model version %L already', add_model.name),
            hint = 'weights never change under a name: give another one, or codesearch.drop_model() first';
    elsif parent is not null and not exists (select from model_version m where m.name = add_model.parent) then
        raise exception using errcode = 'CS002', message = format('there is no model version %L', parent),
            hint = 'the parent is the model version that the new one was trained from';
    end if;
    if unknown is not null then
        raise exception using errcode = 'CS001',
            message = format('the configuration of model %L names a setting that there is not: %s', add_model.name,
                unknown),
            hint = 'the names are those of the view codesearch.settings';
    end if;
    insert into model_version (name, dimension, max_tokens, configuration, settings, status, activated_at, parent_id)
    values (add_model.name, add_model.dimension, add_model.max_tokens, add_model.configuration,
            own_settings,
            case when first_one then 'active' else 'candidate' end, case when first_one then now() end,
            (select m.model_version_id from model_version m where m.name = add_model.parent))
    returning model_version_id into new_id;
    insert into model_artefact (model_version_id, file, content, sha256)
    select new_id, a.key, decode(a.value, 'base64'), sha256(decode(a.value, 'base64'))
    from jsonb_each_text(artefact) a;
    if first_one then
        insert into model_activation (model_version_id, reason) values (new_id, 'first model');
    end if;
    perform create_embedding_table(new_id, add_model.dimension);
    insert into index_job (repository_id, version_id, stage, model_version_id)
    select v.repository_id, v.version_id, 'embed', new_id from file_version v
    on conflict do nothing;
    perform queue_history(r.repository_id) from repository r;
    perform pg_notify('codesearch_jobs', '');
    return new_id;
end
$$;
comment on function add_model(text, int, int, jsonb, jsonb, text) is
'Registers a model version with its artefact (file name to base64) and creates its embedding table; '
'the first one becomes active.';
