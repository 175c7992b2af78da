-- Undoes the newest switch of the ranker; again to go further back. Returns the name of the ranker that answers now,
-- null for the one that ships.
create or replace function rollback_ranker() returns text
language plpgsql volatile security definer
set search_path from current
as $$
declare
    newest ranker_activation;
    back_to ranker;
begin
    perform hold_work_lock('models');
    select a.* into newest from ranker_activation a where a.rolled_back_at is null
    order by a.activation_id desc limit 1;
    if newest.activation_id is null then
        raise exception using errcode = 'CS010', message = 'there is no ranker to go back to',
            hint = 'the one that ships answers; to switch use codesearch.activate_ranker';
    end if;
    update ranker_activation a set rolled_back_at = clock_timestamp() where a.activation_id = newest.activation_id;
    update ranker r set status = 'candidate' where r.ranker_id = newest.ranker_id and r.status = 'active';
    update ranker r set status = 'active' where r.ranker_id = newest.previous_id returning r.* into back_to;
    return back_to.name;
end
$$;
comment on function rollback_ranker() is
'Undoes the newest switch of the ranker; returns the name of the one that answers now.';
revoke all on function rollback_ranker() from public;
