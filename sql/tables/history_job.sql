-- A job of stage embed is owed to a version, or without one to the history of its repository.
alter table index_job
drop constraint index_job_work,
drop constraint index_job_subject;
alter table index_job
add constraint index_job_work unique nulls not distinct (file_id, version_id, model_version_id, repository_id),
add constraint index_job_subject check ((file_id is not null) = (stage = 'chunk')
    and (version_id is null or stage = 'embed'));
comment on table index_job is
'The queue: at most one job for a file, one for a version and a model, and one for the history of a repository and a '
'model. failed is the dead-letter state; retry_failed_jobs queues it again.';
