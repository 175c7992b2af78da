-- Makes a model version the one that answers, in one transaction: searches that run go on with the one they began with.
-- The one before becomes a candidate and its vectors are kept up, so that rollback_model is instant. Refused where
-- texts still lack a vector, the vector index is missing, or the gate refused the model; force switches all the same.
create or replace function activate_model(name text, reason text default null, force boolean default false)
    returns bigint
language plpgsql volatile security definer
set search_path from current
as $$
declare
    wanted model_version;
    total bigint;
    embedded bigint;
begin
    perform hold_work_lock('models');
    wanted := named_model(activate_model.name);
    if wanted.status = 'active' then
        return null;
    elsif wanted.status = 'refused' and not force then
        raise exception using errcode = 'CS011',
            message = format('the gate refused model version %L', activate_model.name),
            detail = coalesce(wanted.metrics #>> '{gate,reason}', 'no reason is on record'),
            hint = 'force => true activates it all the same';
    end if;
    if not force then
        select coalesce(sum(c.total_texts), 0), coalesce(sum(c.embedded_texts), 0) into total, embedded
        from embedding_coverage(wanted.model_version_id) c;
        if embedded < total or (embedded >= greatest(setting_number('vector.index_from'), 1)
            and vector_index(wanted.model_version_id) is null) then
            raise exception using errcode = 'CS013',
                message = format('model version %L is not ready', activate_model.name),
                detail = case when embedded < total then format('%s of %s texts have a vector', embedded, total)
                    else 'its vectors have no index' end,
                hint = format('pgcodesearch models backfill %s; force => true activates it all the same',
                    activate_model.name);
        end if;
    end if;
    return switch_model(wanted.model_version_id, activate_model.reason);
end
$$;
comment on function activate_model(text, text, boolean) is
'Makes a model version the one that answers; the id of the activation, null where it was active already.';
revoke all on function activate_model(text, text, boolean) from public;
