-- Lets a model version be reached at another place: config is its config.json with another endpoint, and nothing else
-- of it may differ, because vectors that are there stay. Workers and clients take it up with their next batch or query.
create or replace function move_endpoint(name text, config text) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    model model_version := named_model(name);
    moved jsonb := config;
begin
    if not model.configuration ? 'endpoint' then
        raise exception using errcode = 'CS001', message = format('model version %L is not behind an endpoint', name),
            hint = 'a model with weights of its own runs where the texts are';
    elsif moved -> 'endpoint' ->> 'url' is null or moved - 'endpoint' <> model.configuration - 'endpoint' then
        raise exception using errcode = 'CS001',
            message = format('more than the endpoint of model version %L would change', name),
            hint = 'what a model is never changes under its name: add it under another one';
    end if;
    update model_artefact a set content = convert_to(config, 'UTF8'), sha256 = sha256(convert_to(config, 'UTF8'))
    where a.model_version_id = model.model_version_id and a.file = 'config.json';
    update model_version m set configuration = moved where m.model_version_id = model.model_version_id;
end
$$;
comment on function move_endpoint(text, text) is
'Lets a model version be reached at another place; config is its config.json.';
