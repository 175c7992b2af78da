-- How up to date each repository's answers are, at the price of what is owed and not of what is there: asked with every
-- answer. Where no file waits for vectors none is counted, so a queue that was lost shows in index_status only.
create or replace view index_freshness with (security_invoker = true) as
with active as (select model_version_id from model_version where status = 'active'),
-- Read only where a row needs it.
coverage as materialized (select * from text_coverage((select model_version_id from active))),
-- A file that is shared waits for the base's jobs.
owed as (
    select j.repository_id, j.file_id, j.state, j.last_error, j.created_at, j.model_version_id from index_job j
    union all
    select s.repository_id, j.file_id, j.state, j.last_error, j.created_at, j.model_version_id
    from index_job j join source_file s on s.base_file_id = j.file_id),
-- All of the base's chunks but those of files that are not shared, which are few.
shared as (
    select r.repository_id,
           (select coalesce(sum(s.chunk_count), 0) from lexical_statistic s where s.repository_id = r.base_id and s.level = 0)
           - (select count(*) from source_file b join chunk c on c.file_id = b.file_id and c.level = 0
              where b.repository_id = r.base_id
                and not exists (select from source_file s where s.base_file_id = b.file_id and s.repository_id = r.repository_id)) as chunks
    from repository r where r.base_id is not null)
select r.repository_id, r.name as repository, r.root,
       coalesce(f.files, 0) as files,
       coalesce(s.chunks, 0) + coalesce(h.chunks, 0) as chunks,
       coalesce(j.pending_files, 0) as pending_files,
       coalesce(j.failed_files, 0) as failed_files,
       case when coalesce(s.chunks, 0) + coalesce(h.chunks, 0) = 0 then case when coalesce(j.pending_files, 0) = 0 then 1.0 else 0.0 end
            when j.lacks_vectors or not exists (select from active)
            then coalesce((select c.embedded_texts::float8 / nullif(c.total_texts, 0) from coverage c where c.repository_id = r.repository_id), 1.0)
            else 1.0 end as vector_coverage,
       r.indexed_commit, r.indexed_at as last_indexed_at,
       coalesce(j.last_error, j.waiting_for, r.last_error) as last_error,
       j.oldest_pending, coalesce(j.retrying_files, 0) as retrying_files,
       (select b.name from repository b where b.repository_id = r.base_id) as base, coalesce(f.shared_files, 0) as shared_files
from repository r
left join (select repository_id, count(*) as files, count(base_file_id) as shared_files from source_file group by 1) f using (repository_id)
left join (select repository_id, sum(chunk_count) as chunks from lexical_statistic where level = 0 group by 1) s using (repository_id)
left join shared h using (repository_id)
left join (select repository_id, count(distinct file_id) filter (where state <> 'failed') as pending_files,
                  count(distinct file_id) filter (where state = 'failed') as failed_files,
                  count(distinct file_id) filter (where state = 'queued' and last_error is not null) as retrying_files,
                  max(last_error) filter (where state = 'failed') as last_error,
                  max(last_error) filter (where state = 'queued') as waiting_for,
                  clock_timestamp() - min(created_at) filter (where state <> 'failed') as oldest_pending,
                  bool_or(model_version_id = (select model_version_id from active)) as lacks_vectors
           from owed group by 1) j using (repository_id);
comment on view index_freshness is 'How up to date each repository''s answers are; cheap enough to be asked with every answer.';
