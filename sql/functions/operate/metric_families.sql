-- Every metric with its type and what it says. A histogram's samples are called name_bucket, name_sum and name_count.
create or replace function metric_families() returns table (name text, type text, help text)
language sql immutable parallel safe rows 40
as $$
select 'pgcodesearch_' || f.name, f.type, f.help
from (values
    ('search_latency_seconds', 'histogram', 'Latency of logged searches inside the server, kept answers apart'),
    ('searches_total', 'counter', 'Logged searches by class of query, mode, and whether the answer was a kept one'),
    ('empty_searches_total', 'counter', 'Logged searches that showed nothing, by class of query'),
    ('result_cache_requests_total', 'counter', 'Logged searches by whether the result cache had the answer'),
    ('result_cache_entries', 'gauge', 'Answers that are kept; an estimate'),
    ('threshold_pass_rate', 'gauge', 'Share of the newest searches with a result that is as sure as right answers are'),
    ('drift_value', 'gauge', 'Newest measure of drift of the active model: pass_rate, miss_rate, …'),
    ('drift_state', 'gauge', 'State of that measure: 0 ok, 1 soft, 2 hard; none where too little was measured'),
    ('drift_measured_timestamp_seconds', 'gauge', 'When drift was measured last'),
    ('vector_recall', 'gauge', 'Newest recall@10 of a vector index against exact search'),
    ('vector_recall_minimum', 'gauge', 'Recall below which maintenance rebuilds the index'),
    ('vector_coverage', 'gauge', 'Share of texts that have a vector of the model; an estimate where some are owed'),
    ('queue_depth', 'gauge', 'Jobs that wait or run, by stage; counted up to 100,000'),
    ('queue_age_seconds', 'gauge', 'Age of the oldest job that waits or runs, by stage; 0 without any'),
    ('failed_jobs', 'gauge', 'Jobs that were given up, by stage: codesearch.failed_jobs has their errors'),
    ('freshness_lag_seconds', 'gauge', 'How long the oldest change has not been searchable by the active model'),
    ('repository_freshness_lag_seconds', 'gauge', 'The same of each of the first 100 repositories'),
    ('repository_indexed_timestamp_seconds', 'gauge', 'When the default branch was read last, of the same'),
    ('repositories', 'gauge', 'Repositories'),
    ('files', 'gauge', 'Files of all branches; an estimate'),
    ('chunks', 'gauge', 'Chunks of the inverted index; files as a whole not counted'),
    ('texts', 'gauge', 'Distinct texts that are embedded; an estimate'),
    ('index_bytes', 'gauge', 'Bytes on disk with indexes, by what they hold'),
    ('vector_bytes', 'gauge', 'Bytes on disk of a model version''s vectors and their index'),
    ('model_info', 'gauge', 'Model versions in use; encoder is what embeds queries in SQL'),
    ('ranker_info', 'gauge', 'The ranker that answers; shipped where none was activated'),
    ('rerank_calls_today', 'gauge', 'Calls of language models that put results in order, since midnight UTC'),
    ('rerank_failures_today', 'gauge', 'Those that gave no order'),
    ('rerank_tokens_today', 'gauge', 'Tokens that they took'),
    ('workers', 'gauge', 'Workers that are connected'),
    ('replica_lag_seconds', 'gauge', 'How old the answers of a standby may be; 0 on a primary'),
    ('replica_lag_bytes', 'gauge', 'What a standby received and did not replay yet'),
    ('alerts_waiting', 'gauge', 'Alerts that wait to be posted'),
    ('maintenance_timestamp_seconds', 'gauge', 'When the last run of maintenance began'),
    ('maintenance_failed_steps', 'gauge', 'Steps that failed in it')
) as f(name, type, help)
$$;
comment on function metric_families() is 'Every metric with its type and what it says.';
