-- What embeds queries for a model version in this database: its query table, or the model itself by PL/Python; null
-- where neither can, with the reason, which is what a search by words alone tells.
create or replace function query_encoder(model_version_id int, out encoder text, out reason text)
language plpgsql stable
set search_path from current
as $$
#variable_conflict use_column
declare
    model record;
begin
    select m.name, m.configuration ? 'endpoint' as behind_endpoint, q.accepted, q.reason into model
    from model_version m left join query_table q on q.model_version_id = m.model_version_id
    where m.model_version_id = query_encoder.model_version_id;
    if not found then
        reason := 'no model version is active';
        return;
    end if;
    if current_setting_value('query.encoder') <> '"table"' or model.accepted is not true then
        encoder := case when to_regprocedure('codesearch.embed_in_server(text,integer)') is not null
            and not model.behind_endpoint then 'model' end;
    end if;
    if encoder is null and model.accepted then
        encoder := 'table';
    elsif encoder is null then
        reason := format(case when model.behind_endpoint and model.accepted is null
                then 'model version %L is behind an endpoint, and has no query table'
            when model.accepted is null then 'model version %L has no query table'
            else 'the query table of model version %L was not accepted: %s' end, model.name, model.reason);
    end if;
end
$$;
comment on function query_encoder(int) is
'What embeds queries for a model version in this database: table, model, or null with the reason.';
