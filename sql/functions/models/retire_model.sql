-- Stops keeping up a model version's vectors; they and the artefact stay. pgcodesearch models backfill brings it back.
create or replace function retire_model(name text) returns void
language plpgsql volatile security definer
set search_path from current
as $$
declare
    tired model_version;
begin
    perform hold_work_lock('models');
    tired := check_inactive(retire_model.name);
    update model_version m set status = 'retired'
        where m.model_version_id = tired.model_version_id and m.status = 'candidate';
    delete from index_job j where j.model_version_id = tired.model_version_id;
end
$$;
comment on function retire_model(text) is 'Stops keeping up a model version''s vectors; they and the artefact stay.';
revoke all on function retire_model(text) from public;
