-- How up to date the answers of each branch are, at the price of what is owed and not of what is there: asked with
-- every answer. repository is what a search calls it: 'name', or 'name@branch'. Where no file waits for vectors none is
-- counted, so a queue that was lost shows in index_status only. Vectors are counted for all branches of a repository
-- together.
create or replace view index_freshness with (security_invoker = true) as
with active as (select model_version_id from model_version where status = 'active'),
-- Read only where a row needs it.
coverage as materialized (select * from embedding_coverage((select model_version_id from active))),
owed as (
    select f.branch_id, f.file_id, j.state, j.last_error, j.created_at, j.model_version_id
    from index_job j join source_file f on f.file_id = j.file_id
    union all
    select f.branch_id, f.file_id, j.state, j.last_error, j.created_at, j.model_version_id
    from index_job j join source_file f on f.version_id = j.version_id)
select b.repository_id, b.branch_id, r.name || case when b.is_default then ''
    else '@' || b.name end as repository, r.root,
       f.files, coalesce(f.chunks, 0) as chunks, coalesce(j.pending_files, 0) + f.unqueued_files as pending_files,
           coalesce(j.failed_files, 0) as failed_files,
       case when coalesce(f.chunks, 0) = 0 then case when coalesce(j.pending_files, 0) = 0 then 1.0 else 0.0 end
            when j.lacks_vectors or not exists (select from active)
            then coalesce((select c.embedded_texts::float8 / nullif(c.total_texts, 0) from coverage c
                where c.repository_id = b.repository_id), 1.0)
            else 1.0 end as vector_coverage,
       b.indexed_commit, b.indexed_at as last_indexed_at, coalesce(j.last_error, j.waiting_for) as last_error,
       j.oldest_pending, coalesce(j.retrying_files, 0) as retrying_files,
       -- Of the server that answers, so the same in each row.
       (select l.seconds from replica_lag() l) as replica_lag_seconds
from branch b
join repository r on r.repository_id = b.repository_id
-- What was written while no trigger fired waits too, for maintenance.
cross join lateral (select count(*) as files, sum(v.chunk_count) as chunks,
                           count(*) filter (where (s.path, s.content_hash) is distinct from (v.path, v.content_hash)
                                            and not exists (select from index_job o where o.file_id = s.file_id))
                                                as unqueued_files
                    from source_file s left join file_version v on v.version_id = s.version_id
                    where s.branch_id = b.branch_id) f
left join (select branch_id, count(distinct file_id) filter (where state <> 'failed') as pending_files,
                  count(distinct file_id) filter (where state = 'failed') as failed_files,
                  count(distinct file_id) filter (where state = 'queued' and last_error is not null) as retrying_files,
                  max(last_error) filter (where state = 'failed') as last_error,
                  max(last_error) filter (where state = 'queued') as waiting_for,
                  clock_timestamp() - min(created_at) filter (where state <> 'failed') as oldest_pending,
                  bool_or(model_version_id = (select model_version_id from active)) as lacks_vectors
           from owed group by 1) j on j.branch_id = b.branch_id;
comment on view index_freshness is
'How up to date the answers of each branch are; cheap enough to be asked with every answer.';
