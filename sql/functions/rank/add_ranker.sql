-- Stores a ranker as a candidate; activate_ranker makes it the one that answers. weights: {legs: {class: {feature:
-- weight}}} with legs hybrid, lexical and vector and classes identifier, mixed, semantic and language; a feature that
-- is left out counts nothing, repeat_penalty is what each further result of a file loses. refused: the gate's verdict.
-- calibration: how sure its hits are (see hit_confidences).
create or replace function add_ranker(
    name text, weights jsonb, fitted_on jsonb default '{}', metrics jsonb default '{}', model text default null,
    refused boolean default false, settings jsonb default '{}', calibration jsonb default null
)
returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    unknown text;
    added int;
begin
    select string_agg(distinct concat_ws('.', l.key, c.key, w.key), ', ') into unknown
    from jsonb_each(case when jsonb_typeof(weights) = 'object' then weights else '{}' end) l
    left join lateral jsonb_each(case when jsonb_typeof(l.value) = 'object' then l.value else '{}' end) c on true
    left join lateral jsonb_each(case when jsonb_typeof(c.value) = 'object' then c.value else '{}' end) w on true
    where l.key not in ('hybrid', 'lexical', 'vector') or jsonb_typeof(l.value) <> 'object'
       or c.key not in ('identifier', 'mixed', 'semantic', 'language') or jsonb_typeof(c.value) <> 'object'
       or w.key <> all(feature_names() || 'repeat_penalty'::text) or jsonb_typeof(w.value) <> 'number'
       or case when jsonb_typeof(w.value) = 'number' then abs((w.value #>> '{}')::numeric) > 1e6 end;
    if not coalesce((select bool_and(allowed_setting(s.key, s.value)) from jsonb_each(settings) s), true) then
        raise exception using errcode = 'CS001',
            message = format('no settings of a ranker: %s', left(settings::text, 500)),
            hint = 'select name, allowed from codesearch.settings lists them';
    end if;
    if unknown is not null or not coalesce(weights ?& '{hybrid,lexical,vector}', false) then
        raise exception using errcode = 'CS001',
            message = case when unknown is null then 'the weights of a ranker lack hybrid, lexical or vector'
                else format('no weights of a ranker: %s', left(unknown, 500)) end,
            hint = 'select codesearch.shipped_ranker() shows the form, codesearch.feature_names() the features';
    end if;
    perform check_calibration(add_ranker.calibration);
    insert into ranker (name, weights, settings, calibration, fitted_on, metrics, model_version_id, parent_id, status)
    values (add_ranker.name, add_ranker.weights, add_ranker.settings, add_ranker.calibration, add_ranker.fitted_on,
            add_ranker.metrics,
            case when model is not null then (named_model(model)).model_version_id end,
            (select r.ranker_id from ranker r where r.status = 'active'
             order by r.model_version_id nulls first limit 1),
            case when refused then 'refused' else 'candidate' end)
    returning ranker_id into added;
    return added;
exception when unique_violation then
    raise exception using errcode = 'CS001', message = format('there is a ranker %L already', add_ranker.name),
        hint = 'rankers never change; choose another name';
end
$$;
comment on function add_ranker(text, jsonb, jsonb, jsonb, text, boolean, jsonb, jsonb) is
'Stores a ranker as a candidate; returns its id.';
revoke all on function add_ranker(text, jsonb, jsonb, jsonb, text, boolean, jsonb, jsonb) from public;
