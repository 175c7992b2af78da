-- Claims the next jobs of one stage for a worker: skips what others hold, takes over leases that ran out, and tells the
-- generation that the completion must name. Embedding work begins when no chunking is left, so that lexical search is
-- complete first; and other models' when none is left for the active one, so that no changed file waits for a backfill.
-- Repositories take turns: the jobs are those of the first repositories after after_repository, which a worker moves on
-- with each claim, so that one file of a small repository does not wait behind the queue of a large one.
-- only_repository leaves the others' jobs alone. A job that failed before, or whose worker died, is claimed alone, so
-- that it takes no others down. Jobs of models that the worker knows can't answer now (without_models) are left. The
-- caller commits before it works: nothing is embedded while rows are locked.
drop function if exists claim_jobs(text, int, interval, text [], int []);
create or replace function claim_jobs(
    worker text, wanted int, lease interval default '2 minutes', stages text [] default '{chunk,embed}',
        without_models int [] default '{}',
    only_repository int default null, after_repository int default 0
)
returns table (job_id bigint, repository_id int, file_id bigint, version_id bigint, stage text, model_version_id int,
    generation int, attempts int)
language plpgsql volatile security definer rows 50
set search_path from current
-- The index is in the order of the turns. To sort a long queue at every claim would be slower than the work.
set enable_sort = off
set enable_seqscan = off
set enable_bitmapscan = off
as $$
#variable_conflict use_column
declare
    next_job index_job;
    own int [] := writable_repositories();
    model int;
begin
    update index_job j
    set state = case when j.attempts >= 10 then 'failed' else 'queued' end, worker = null, lease_until = null,
        last_error = format('worker %s gave no sign until its lease ended', j.worker)
    where j.job_id in (select x.job_id from index_job x
        where x.state = 'running' and x.lease_until < clock_timestamp() and x.repository_id = any(own)
                       limit wanted for update skip locked);

    for model in
        select s.model from (select 1 as turn, 0 as model where 'chunk' = any(stages)
                             union all
                             select case m.status when 'active' then 2 else 3 end, m.model_version_id
                                 from model_version m
                             where 'embed' = any(stages) and m.model_version_id <> all(without_models)) s
        order by s.turn, s.model
    loop
        -- From the repository whose turn it is on; where there is none, from the first.
        for turn in 0..1 loop
            select j.* into next_job from index_job j
            where j.state = 'queued' and j.run_after <= clock_timestamp() and coalesce(j.model_version_id, 0) = model
              and j.repository_id > case turn when 0 then after_repository else 0 end
              and (only_repository is null or j.repository_id = only_repository) and j.repository_id = any(own)
            order by j.repository_id, j.run_after limit 1;
            exit when found;
        end loop;
        exit when next_job.job_id is not null;
    end loop;
    if next_job.job_id is null then
        return;
    end if;

    return query
    update index_job j
    set state = 'running', worker = claim_jobs.worker, lease_until = clock_timestamp() + lease,
        attempts = j.attempts + 1
    where j.job_id in (
        select x.job_id from index_job x
        where x.state = 'queued' and x.run_after <= clock_timestamp()
          and coalesce(x.model_version_id, 0) = model
          and x.repository_id >= next_job.repository_id
          and (only_repository is null or x.repository_id = only_repository) and x.repository_id = any(own)
          and (x.attempts >= 2) = (next_job.attempts >= 2)
        order by x.repository_id, x.run_after limit case when next_job.attempts >= 2 then 1
            else wanted end for update skip locked)
    returning j.job_id, j.repository_id, j.file_id, j.version_id, j.stage, j.model_version_id, j.generation, j.attempts;
end
$$;
comment on function claim_jobs(text, int, interval, text [], int [], int, int) is
'Claims the next jobs of one stage for a worker, repositories in turn: chunking, then the active model, then others.';
revoke all on function claim_jobs(text, int, interval, text [], int [], int, int) from public;
