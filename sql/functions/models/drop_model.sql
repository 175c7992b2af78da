-- Removes a model version with its vectors and artefact; the active one is refused. Models that were trained from it
-- keep its name in their configuration.
create or replace function drop_model(name text) returns void
language plpgsql volatile security definer
set search_path from current
set lock_timeout = '10s'
as $$
declare
    doomed model_version;
begin
    perform hold_work_lock('models');
    doomed := check_inactive(drop_model.name);
    execute format('drop table if exists %s', embedding_table(doomed.model_version_id));
    update model_version m set parent_id = null,
        configuration = m.configuration || jsonb_build_object('parent', doomed.name)
    where m.parent_id = doomed.model_version_id;
    delete from model_version m where m.model_version_id = doomed.model_version_id;
end
$$;
comment on function drop_model(text) is
'Removes a model version with its vectors and artefact; the active one is refused.';
revoke all on function drop_model(text) from public;
