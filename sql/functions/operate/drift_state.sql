-- A miss rate is bad from its thresholds on up, the others from theirs on down; a pass rate at its threshold still
-- passes. The tolerance is for differences: 0.80 − 0.75 is a drop of 0.05.
create or replace function drift_state(measure text, value float8, threshold float8, hard_threshold float8) returns text
language sql immutable parallel safe
as $$
    select case when crossed[2] then 'hard' when crossed[1] then 'soft' else 'ok' end
    from (select array_agg(case measure when 'pass_rate' then value < l.bound
                                        when 'miss_rate' then value >= l.bound - 1e-9
                                        else value <= l.bound + 1e-9 end order by l.place) as crossed
          from unnest(array[threshold, hard_threshold]) with ordinality as l(bound, place)) c
$$;
comment on function drift_state(text, float8, float8, float8) is
'ok, soft or hard: on which side of its thresholds a measure of drift is.';
