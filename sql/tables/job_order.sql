-- What claim_jobs looks for: chunk jobs, and each model version's embed jobs, in their order.
drop index if exists index_job_claim;
create index index_job_order on index_job (coalesce(model_version_id, 0), run_after) where state = 'queued';
