-- How sure the hits of one question are to be told: the calibration of the ranker for its class and for the legs that
-- there are, {answered, right: {input: weight}, known, precise}. Null in mode rrf and where the database's own weights
-- order the hits: what was not calibrated says nothing. Refused where confidence is asked for all the same.
create or replace function answer_calibration(asked query_parts, mode text, has_vector boolean, model_version_id int,
    settings jsonb, min_confidence float8) returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
    found_one jsonb;
begin
    if min_confidence not between 0 and 1 then
        raise exception using errcode = 'CS001',
            message = format('min_confidence is %s, not between 0 and 1', min_confidence),
            hint = 'min_confidence is the least probability that a result is right; 0.5 is a beginning';
    end if;
    if mode <> 'rrf' and settings -> 'ranking.weights' = '{}' then
        select ranker_calibration(answer_calibration.model_version_id) #> array[r.legs, r.query_class] into found_one
        from ranked_as(asked, mode, has_vector) r;
    end if;
    if found_one is null and (min_confidence is not null or mode = 'adaptive') then
        raise exception using errcode = 'CS018', message = 'how sure a result is was not calibrated for this search',
            hint = 'pgcodesearch calibrate does it for the ranker that is active; settings ''ranking.weights'' and'
                ' mode ''rrf'' have none';
    end if;
    return found_one;
end
$$;
comment on function answer_calibration(query_parts, text, boolean, int, jsonb, float8) is
'How sure the hits of one question are to be told.';
