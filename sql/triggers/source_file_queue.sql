-- Queues a file whose version has another path or content, in the writer's own transaction. One job a file: a file that
-- changes while its job runs gets a new generation, and the worker's completion leaves the job queued. Only a change
-- starts the attempts anew: touching other columns doesn't bring a dead letter back.
create or replace function source_file_queue() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    if tg_op = 'INSERT' then
        delete from skipped_file s using new_rows n where s.branch_id = n.branch_id and s.path = n.path;
        insert into index_job as j (repository_id, file_id, stage)
        select n.repository_id, n.file_id, 'chunk'
        from new_rows n
        left join file_version v on v.version_id = n.version_id
        where (n.path, n.content_hash) is distinct from (v.path, v.content_hash)
        order by n.file_id
        on conflict on constraint index_job_work do nothing;
    else
        insert into index_job as j (repository_id, file_id, stage)
        select n.repository_id, n.file_id, 'chunk'
        from new_rows n
        join old_rows o on o.file_id = n.file_id
        left join file_version v on v.version_id = n.version_id
        where (n.repository_id, n.path, n.content_hash) is distinct from (o.repository_id, o.path, o.content_hash)
          and (n.path, n.content_hash) is distinct from (v.path, v.content_hash)
        order by n.file_id
        on conflict on constraint index_job_work do update
            set generation = j.generation + 1, attempts = 0, run_after = now(), last_error = null,
                state = case when j.state = 'running' then 'running' else 'queued' end;
    end if;
    if found then
        perform pg_notify('codesearch_jobs', '');
    end if;
    return null;
end
$$;
comment on function source_file_queue() is 'Queues changed files for indexing and notifies the workers.';
revoke all on function source_file_queue() from public;

create or replace trigger source_file_queue_insert
after insert on source_file
referencing new table as new_rows
for each statement execute function source_file_queue();

create or replace trigger source_file_queue_update
after update on source_file
referencing old table as old_rows new table as new_rows
for each statement execute function source_file_queue();
