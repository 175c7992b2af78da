-- What claim_jobs looks for: chunk jobs, and each model version's embed jobs, repository by repository.
drop index index_job_order;
create index index_job_turn on index_job (coalesce(model_version_id, 0), repository_id, run_after)
    where state = 'queued';
