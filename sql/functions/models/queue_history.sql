-- Queues the history of a repository for each model version in use that lacks a vector of one of its commits. Returns
-- how many jobs were added.
create or replace function queue_history(repository_id int) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted int := queue_history.repository_id;
    queued int;
begin
    insert into index_job as j (repository_id, stage, model_version_id)
    select wanted, 'embed', m.model_version_id
    from model_version m
    where m.status in ('active', 'candidate') and exists (select from pending_commits(m.model_version_id, wanted, 1))
    order by 3
    on conflict on constraint index_job_work do update
        set generation = j.generation + 1, attempts = 0, run_after = now(), last_error = null,
            state = case when j.state = 'running' then 'running' else 'queued' end;
    get diagnostics queued = row_count;
    return queued;
end
$$;
comment on function queue_history(int) is
'Queues the history of a repository for each model version that lacks a vector of one of its commits.';
revoke all on function queue_history(int) from public;
