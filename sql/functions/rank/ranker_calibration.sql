-- The calibration that goes with ranker_weights; null where the active ranker has none.
create or replace function ranker_calibration(model_version_id int) returns jsonb
language sql stable
set search_path from current
as $$
    select case when count(*) = 0 then shipped_calibration()
           else (array_agg(r.calibration order by r.model_version_id nulls last))[1] end
    from ranker r
    where r.status = 'active' and coalesce(r.model_version_id, ranker_calibration.model_version_id)
        is not distinct from ranker_calibration.model_version_id
$$;
comment on function ranker_calibration(int) is
'The calibration that goes with the weights that answer for a model version.';
