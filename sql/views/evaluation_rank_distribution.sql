-- A mean reciprocal rank hides its shape: how many queries found their first answer at rank 1, 2, ... or not at all.
create or replace view evaluation_rank_distribution as
select e.run_id, e.category, e.first_rank, count(*)::int as queries
from evaluation_result e
where e.metrics <> '{}'::jsonb
group by e.run_id, e.category, e.first_rank;
comment on view evaluation_rank_distribution is
'Queries of a run by category and rank of the first match; a null rank is a miss.';
