-- The model version a search uses: the named one, else the active one; null where there is none.
create or replace function resolve_model(model text) returns int
language plpgsql stable
set search_path from current
as $$
declare
    found_id int;
begin
    if model is null then
        return (select m.model_version_id from model_version m where m.status = 'active');
    end if;
    select m.model_version_id into found_id from model_version m where m.name = model;
    if found_id is null then
        raise exception using errcode = 'CS002', message = format('there is no model version %L', model),
            hint = 'select name, status from codesearch.model_version lists them';
    end if;
    return found_id;
end
$$;
comment on function resolve_model(text) is 'The model version a search uses: the named one, else the active one.';
