-- The row of a model version that can be done without, locked; refused is the active one.
create or replace function check_inactive(name text) returns model_version
language plpgsql volatile
set search_path from current
as $$
declare
    found_model model_version := named_model(check_inactive.name);
begin
    if found_model.status = 'active' then
        raise exception using errcode = 'CS010',
            message = format('model version %L answers the searches', check_inactive.name),
            hint = 'activate another one first, or codesearch.rollback_model()';
    end if;
    return found_model;
end
$$;
comment on function check_inactive(text) is
'The row of a model version that is not active, locked; an error where it is.';
revoke all on function check_inactive(text) from public;
