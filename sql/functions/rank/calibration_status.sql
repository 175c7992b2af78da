-- Whether the ranker that answers is calibrated: on how many questions, with what error (expected calibration error of
-- hybrid searches, on repositories that were not fitted on), or why not. Of the shipped one docs/measurements.md has
-- the numbers. Numbers alone are told, to everybody; what a ranker was fitted on is not.
create or replace function calibration_status(
    model_version_id int, out ranker text, out calibrated boolean, out questions int, out unanswered int,
    out error float8, out reason text
)
language plpgsql stable security definer
set search_path from current
as $$
declare
    answering ranker := (select r from ranker r
        where r.ranker_id = answering_ranker(calibration_status.model_version_id));
    refused record;
begin
    ranker := coalesce(answering.name, 'shipped');
    calibrated := current_setting_value('ranking.weights') = '{}'
        and ranker_calibration(calibration_status.model_version_id) is not null;
    if calibrated and answering.name is null then
        questions := 375;
        unanswered := 503;
        error := 0.021;
    elsif calibrated then
        questions := (answering.metrics #>> '{calibration,hybrid,questions}')::int;
        unanswered := (answering.metrics #>> '{calibration,hybrid,unanswered}')::int;
        error := (answering.metrics #>> '{calibration,hybrid,error}')::float8;
    elsif current_setting_value('ranking.weights') <> '{}' then
        reason := 'the setting ranking.weights makes other scores than those calibrated';
    else
        select r.name, r.metrics #>> '{gate,reason}' as why into refused from ranker r
        where r.status = 'refused' and r.calibration is not null
            and r.ranker_id > coalesce(answering.ranker_id, 0) order by r.ranker_id desc limit 1;
        reason := coalesce(refused.name || ' was refused: ' || refused.why, 'pgcodesearch calibrate does it');
    end if;
end
$$;
comment on function calibration_status(int) is
'Whether the ranker that answers is calibrated: on how many questions, with what error, or why not.';
revoke all on function calibration_status(int) from public;
