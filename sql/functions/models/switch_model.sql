-- Flips the active model version and writes it down. The caller holds the lock of activate_model.
create or replace function switch_model(wanted_id int, reason text) returns bigint
language plpgsql volatile
set search_path from current
as $$
declare
    previous int := (select m.model_version_id from model_version m where m.status = 'active');
    activation bigint;
begin
    update model_version m set status = 'candidate' where m.model_version_id = previous;
    update model_version m set status = 'active', activated_at = now() where m.model_version_id = wanted_id;
    insert into model_activation (model_version_id, previous_id, reason)
        values (wanted_id, previous, switch_model.reason)
    returning activation_id into activation;
    return activation;
end
$$;
comment on function switch_model(int, text) is 'Flips the active model version and writes it down.';
revoke all on function switch_model(int, text) from public;
