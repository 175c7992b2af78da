-- Undoes the newest switch of the active model, at once and whatever the other's vectors lack; again to go further
-- back. What was undone stays a candidate. Returns the name of the model that answers now.
create or replace function rollback_model() returns text
language plpgsql volatile security definer
set search_path from current
as $$
declare
    newest model_activation;
    back_to model_version;
begin
    perform hold_work_lock('models');
    select a.* into newest from model_activation a where a.rolled_back_at is null order by a.activation_id desc limit 1;
    select m.* into back_to from model_version m where m.model_version_id = newest.previous_id;
    if back_to.model_version_id is null then
        raise exception using errcode = 'CS010', message = 'there is no model version to go back to',
            hint = 'it was the first, or the one before was dropped; to switch use codesearch.activate_model';
    elsif back_to.status not in ('candidate', 'active') then
        raise warning
            using message = format('model version %L was %s: newer texts have no vector of it', back_to.name,
                back_to.status),
            hint = format('pgcodesearch models backfill %s', back_to.name);
    end if;
    update model_activation a set rolled_back_at = clock_timestamp() where a.activation_id = newest.activation_id;
    update model_version m set status = 'candidate' where m.status = 'active';
    update model_version m set status = 'active', activated_at = now()
        where m.model_version_id = back_to.model_version_id;
    return back_to.name;
end
$$;
comment on function rollback_model() is
'Undoes the newest switch of the active model; returns the name of the model that answers now.';
revoke all on function rollback_model() from public;
