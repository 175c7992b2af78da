-- The dead letters: jobs given up after five errors, or ten workers that died. select
-- codesearch.retry_failed_jobs(job_id => …) queues one again, retry_failed_jobs() all of them; a new version of the
-- file does too.
create or replace view failed_jobs with (security_invoker = true) as
select j.job_id, r.name as repository, coalesce(f.path, v.path) as path, j.stage, m.name as model, j.attempts,
    j.last_error, j.created_at
from index_job j
join repository r using (repository_id)
left join source_file f using (file_id)
left join file_version v on v.version_id = j.version_id
left join model_version m using (model_version_id)
where j.state = 'failed';
comment on view failed_jobs is
'Jobs given up after five errors or ten dead workers, with their last error; retry_failed_jobs queues them again.';
