-- The state of each repository's index: what is searchable, what is owed, what failed or was skipped.
create or replace view index_status with (security_invoker = true) as
select r.name as repository,
       coalesce(f.files, 0) as files,
       coalesce(s.chunks, 0) as chunks,
       coalesce(j.pending_files, 0) as pending_files,
       coalesce(j.failed_files, 0) as failed_files,
       coalesce(k.skipped_files, 0) as skipped_files,
       coalesce(e.embedded_texts, 0) as embedded_texts,
       coalesce(e.total_texts, 0) as total_texts,
       case when coalesce(e.total_texts, 0) = 0 then case when coalesce(j.pending_files, 0) = 0 then 1.0 else 0.0 end
            else e.embedded_texts::float8 / e.total_texts end as vector_coverage,
       r.indexed_commit, r.indexed_at as last_indexed_at,
       coalesce(j.last_error, j.waiting_for, r.last_error) as last_error,
       j.oldest_pending, coalesce(j.retrying_files, 0) as retrying_files
from repository r
left join (select repository_id, count(*) as files from source_file group by 1) f using (repository_id)
left join (select repository_id, sum(chunk_count) as chunks from lexical_statistic where level = 0 group by 1) s using (repository_id)
left join (select repository_id, count(distinct file_id) filter (where state <> 'failed') as pending_files,
                  count(distinct file_id) filter (where state = 'failed') as failed_files,
                  count(distinct file_id) filter (where state = 'queued' and last_error is not null) as retrying_files,
                  max(last_error) filter (where state = 'failed') as last_error,
                  max(last_error) filter (where state = 'queued') as waiting_for,
                  clock_timestamp() - min(created_at) filter (where state <> 'failed') as oldest_pending
           from index_job group by 1) j using (repository_id)
left join (select repository_id, count(*) as skipped_files from skipped_file group by 1) k using (repository_id)
left join embedding_coverage((select model_version_id from model_version where status = 'active')) e using (repository_id)
order by r.name;
comment on view index_status is 'The state of each repository''s index: what is searchable, owed, failed or skipped.';
