-- Queues all that a model version lacks a vector of, failed jobs too; workers fill it in beside the live vectors. A
-- retired one becomes a candidate again. Returns how many files are owed.
create or replace function backfill_model(name text) returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    wanted model_version;
    owed int;
begin
    perform hold_work_lock('models');
    wanted := named_model(backfill_model.name);
    update model_version m set status = 'candidate'
        where m.model_version_id = wanted.model_version_id and m.status = 'retired';
    execute format(
        'insert into codesearch.index_job as j (repository_id, version_id, stage, model_version_id)
         select distinct c.repository_id, c.version_id, ''embed'', %2$s
         from codesearch.chunk_text t
         join codesearch.chunk c on c.chunk_id = t.chunk_id
         where not exists (select from %1$s e where e.text_hash = t.text_hash)
         order by 2
         on conflict on constraint index_job_work do update
             set state = ''queued'', attempts = 0, run_after = now() where j.state = ''failed''',
        embedding_table(wanted.model_version_id), wanted.model_version_id);
    perform queue_history(r.repository_id) from repository r;
    select count(*) into owed from index_job j where j.model_version_id = wanted.model_version_id;
    if owed > 0 then
        perform pg_notify('codesearch_jobs', '');
    end if;
    return owed;
end
$$;
comment on function backfill_model(text) is
'Queues all that a model version lacks a vector of; returns how many files are owed.';
revoke all on function backfill_model(text) from public;
