-- The row of a model version by name, locked against another switch; an error where there is none.
create or replace function named_model(name text) returns model_version
language plpgsql volatile
set search_path from current
as $$
declare
    found_model model_version;
begin
    select m.* into found_model from model_version m where m.name = named_model.name for no key update;
    if found_model.model_version_id is null then
        raise exception using errcode = 'CS002', message = format('there is no model version %L', named_model.name),
            hint = 'select name, status from codesearch.model_version lists them';
    end if;
    return found_model;
end
$$;
comment on function named_model(text) is 'The row of a model version by name, locked against another switch.';
revoke all on function named_model(text) from public;
