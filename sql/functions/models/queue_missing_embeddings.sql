-- Queues what has neither a vector nor a job: after a restore without the queue, or a lost job. Counts are compared
-- first, because almost always nothing is missing and looking for it reads every text.
create or replace function queue_missing_embeddings(repository_id int) returns int
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    model record;
    wanted int := queue_missing_embeddings.repository_id;
    queued int := 0;
    added int;
begin
    if wanted <> all(writable_repositories()) then
        return 0;
    end if;
    for model in select m.model_version_id from model_version m where m.status in ('active', 'candidate')
                 order by m.model_version_id loop
        continue when exists (
            select from index_job j
            where j.repository_id = wanted and j.stage = 'embed' and j.model_version_id = model.model_version_id);
        continue when coalesce((select c.total_texts <= c.embedded_texts
            from embedding_coverage(model.model_version_id) c
                                where c.repository_id = wanted), true);
        execute format(
            'insert into codesearch.index_job (repository_id, version_id, stage, model_version_id)
             select distinct c.repository_id, c.version_id, ''embed'', %2$s
             from codesearch.chunk_text t
             join codesearch.chunk c on c.chunk_id = t.chunk_id
             where t.repository_id = $1
               and not exists (select from %1$s e where e.text_hash = t.text_hash)
             order by 2
             on conflict on constraint index_job_work do nothing',
            embedding_table(model.model_version_id), model.model_version_id)
        using wanted;
        get diagnostics added = row_count;
        queued := queued + added;
    end loop;
    return queued + queue_history(wanted);
end
$$;
comment on function queue_missing_embeddings(int) is
'Queues texts of a repository that have neither a vector nor a job.';
revoke all on function queue_missing_embeddings(int) from public;
