-- Runs with their headline numbers side by side, newest first, so that two settings or models can be compared in SQL.
create or replace view evaluation_summary as
select r.run_id, r.started_at, r.query_set, r.model, r.mode, r.k, r.note,
       (r.metrics #>> '{all,queries}')::int as queries,
       (r.metrics #>> '{all,mrr}')::float8 as mrr,
       (r.metrics #>> '{all,ndcg}')::float8 as ndcg,
       (r.metrics #>> '{all,precision_1}')::float8 as precision_1,
       (r.metrics #>> '{all,recall}')::float8 as recall,
       (r.metrics #>> '{all,hit}')::float8 as hit,
       (r.metrics #>> '{all,token_iou}')::float8 as token_iou,
       (r.metrics #>> '{no_answer,empty}')::float8 as no_answer_empty,
       (r.metrics #>> '{latency_ms,p50}')::float8 as latency_p50,
       (r.metrics #>> '{latency_ms,p95}')::float8 as latency_p95,
       (r.metrics #>> '{latency_ms,p99}')::float8 as latency_p99
from evaluation_run r
where r.metrics is not null
order by r.run_id desc;
comment on view evaluation_summary is 'Evaluation runs with their headline metrics, newest first.';
