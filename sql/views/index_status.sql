-- The state of the index of each branch: what is searchable, what is owed, what failed or was skipped. Counts every
-- text, those of all branches of a repository together.
create or replace view index_status with (security_invoker = true) as
select f.repository, f.files, f.chunks, f.pending_files, f.failed_files,
       coalesce(k.skipped_files, 0) as skipped_files,
       coalesce(e.embedded_texts, 0) as embedded_texts,
       coalesce(e.total_texts, 0) as total_texts,
       case when coalesce(e.total_texts, 0) = 0 then case when f.pending_files = 0 then 1.0 else 0.0 end
            else e.embedded_texts::float8 / e.total_texts end as vector_coverage,
       f.indexed_commit, f.last_indexed_at, f.last_error, f.oldest_pending, f.retrying_files,
       coalesce(p.provisional_texts, 0) as provisional_texts
from index_freshness f
left join (select branch_id, count(*) as skipped_files from skipped_file group by 1) k using (branch_id)
left join embedding_coverage((select model_version_id from model_version where status = 'active')) e
    using (repository_id)
left join provisional_coverage((select model_version_id from model_version where status = 'active')) p
    using (repository_id)
order by f.repository;
comment on view index_status is 'The state of each branch''s index: what is searchable, owed, failed or skipped.';
