-- Makes a first pass a model version's own, or with null the database's; the index that searches have stays until
-- pgcodesearch models index has built the other. Refused where the database's own setting says otherwise, because that
-- would hold all the same.
create or replace function choose_first_pass(name text, first_pass text default null) returns void
language plpgsql volatile security definer
set search_path from current
as $$
declare
    wanted model_version;
    holds text;
begin
    perform hold_work_lock('models');
    wanted := named_model(choose_first_pass.name);
    update model_version m
    set settings = m.settings - 'vector.first_pass'
        || jsonb_strip_nulls(jsonb_build_object('vector.first_pass', choose_first_pass.first_pass))
    where m.model_version_id = wanted.model_version_id;
    holds := current_settings(wanted.model_version_id) ->> 'vector.first_pass';
    if holds <> choose_first_pass.first_pass then
        raise exception using errcode = 'CS001',
            message = format('the database''s own setting says vector.first_pass is %L', holds),
            hint = 'select codesearch.change_setting(''vector.first_pass'', null) leaves it to each model version';
    end if;
end
$$;
comment on function choose_first_pass(text, text) is
'Makes a first pass a model version''s own, or with null the database''s.';
revoke all on function choose_first_pass(text, text) from public;
