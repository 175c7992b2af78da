-- Whether a measure of drift is bad from its thresholds on up; the others are from theirs on down.
create or replace function drift_rises(measure text) returns boolean
language sql immutable parallel safe
as $$
    select measure = any('{miss_rate,asked_classes,asked_words,asked_distance}')
$$;
comment on function drift_rises(text) is 'Whether a measure of drift is bad from its thresholds on up.';
