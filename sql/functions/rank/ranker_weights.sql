-- The weights that answer for a model version: those of the ranker that is active for it, or for all, or the shipped.
create or replace function ranker_weights(model_version_id int) returns jsonb
language sql stable
set search_path from current
as $$
    select coalesce(
        (select r.weights from ranker r
         where r.status = 'active' and coalesce(r.model_version_id, ranker_weights.model_version_id)
             is not distinct from ranker_weights.model_version_id
         order by r.model_version_id nulls last limit 1),
        shipped_ranker())
$$;
comment on function ranker_weights(int) is 'The weights that answer for a model version.';
