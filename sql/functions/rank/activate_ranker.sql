-- Makes a ranker the one that answers, at once; null stands for the one that ships. The one before stays a candidate.
-- Refused where the gate refused it; force switches all the same.
create or replace function activate_ranker(name text, reason text default null, force boolean default false)
    returns bigint
language plpgsql volatile security definer
set search_path from current
as $$
declare
    wanted ranker;
    previous int;
    activation bigint;
begin
    perform hold_work_lock('models');
    if activate_ranker.name is not null then
        select r.* into wanted from ranker r where r.name = activate_ranker.name;
        if wanted.ranker_id is null then
            raise exception using errcode = 'CS002', message = format('there is no ranker %L', activate_ranker.name),
                hint = 'select name, status from codesearch.ranker lists them; null is the one that ships';
        elsif wanted.status = 'refused' and not force then
            raise exception using errcode = 'CS011',
                message = format('the gate refused ranker %L', activate_ranker.name),
                detail = coalesce(wanted.metrics #>> '{gate,reason}', 'no reason is on record'),
                hint = 'force => true activates it all the same';
        end if;
    end if;
    select r.ranker_id into previous from ranker r
    where r.status = 'active' and r.model_version_id is not distinct from wanted.model_version_id;
    if previous is not distinct from wanted.ranker_id then
        return null;
    end if;
    update ranker r set status = 'candidate' where r.ranker_id = previous;
    update ranker r set status = 'active' where r.ranker_id = wanted.ranker_id;
    insert into ranker_activation (ranker_id, previous_id, reason)
    values (wanted.ranker_id, previous, activate_ranker.reason)
    returning activation_id into activation;
    return activation;
end
$$;
comment on function activate_ranker(text, text, boolean) is
'Makes a ranker the one that answers; the id of the activation, null where it was active already.';
revoke all on function activate_ranker(text, text, boolean) from public;
