-- Each model version: how much of the index it covers, what is owed, and what it takes on disk. Runs as its owner:
-- sizes tell of repositories that a tenant can't see.
create or replace view model_status as
select m.model_version_id, m.name, m.status, m.dimension, p.name as parent,
       c.total_texts, c.embedded_texts, case when c.total_texts = 0 then 1.0
           else c.embedded_texts::float8 / c.total_texts end as coverage,
       j.pending_files, j.failed_files, vector_index(m.model_version_id) is not null as has_index,
       pg_total_relation_size(to_regclass(embedding_table(m.model_version_id))) as vector_bytes,
       (select coalesce(sum(octet_length(a.content)), 0)::bigint from model_artefact a
           where a.model_version_id = m.model_version_id) as artefact_bytes,
       m.created_at, m.activated_at, m.configuration #>> '{endpoint,url}' as endpoint,
       e.encoder as query_encoder, e.reason as without_encoder
from model_version m
left join model_version p on p.model_version_id = m.parent_id
cross join lateral query_encoder(m.model_version_id) e
cross join lateral (select coalesce(sum(t.total_texts), 0)::bigint as total_texts,
    coalesce(sum(t.embedded_texts), 0)::bigint as embedded_texts
                    from embedding_coverage(m.model_version_id) t) c
cross join lateral (select count(*) filter (where i.state <> 'failed') as pending_files,
    count(*) filter (where i.state = 'failed') as failed_files
                    from index_job i where i.model_version_id = m.model_version_id) j;
comment on view model_status is
'Each model version: how much of the index it covers, what is owed, and what it takes on disk.';
