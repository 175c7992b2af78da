-- Queues the embed jobs of versions of files that have a text without a vector of a model in use.
create or replace function queue_texts(versions bigint []) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    model record;
begin
    for model in select m.model_version_id from model_version m where m.status in ('active', 'candidate') loop
        insert into index_job as j (repository_id, version_id, stage, model_version_id)
        select distinct p.repository_id, p.version_id, 'embed', model.model_version_id
        from pending_texts(model.model_version_id, versions) p
        order by 2
        on conflict on constraint index_job_work do update
            set generation = j.generation + 1, attempts = 0, run_after = now(), last_error = null,
                state = case when j.state = 'running' then 'running' else 'queued' end;
    end loop;
end
$$;
comment on function queue_texts(bigint []) is
'Queues the embed jobs of versions of files that have a text without a vector of a model in use.';
revoke all on function queue_texts(bigint []) from public;
