-- The calibration that goes with ranker_weights; null where the active ranker has none.
create or replace function ranker_calibration(model_version_id int) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
    return (
        select case when a.id is null then shipped_calibration()
               else (select r.calibration from ranker r where r.ranker_id = a.id) end
        from (select answering_ranker(ranker_calibration.model_version_id) as id) a);
end
$$;
comment on function ranker_calibration(int) is
'The calibration that goes with the weights that answer for a model version.';
