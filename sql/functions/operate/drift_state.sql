-- A pass rate at its threshold still passes, every other measure has crossed it there. The tolerance is for
-- differences: 0.80 − 0.75 is a drop of 0.05.
create or replace function drift_state(measure text, value float8, threshold float8, hard_threshold float8) returns text
language sql immutable parallel safe
as $$
    select case when crossed[2] then 'hard' when crossed[1] then 'soft' else 'ok' end
    from (select array_agg(case when measure = 'pass_rate' then value < l.bound
                                when codesearch.drift_rises(measure) then value >= l.bound - 1e-9
                                else value <= l.bound + 1e-9 end order by l.place) as crossed
          from unnest(array[threshold, hard_threshold]) with ordinality as l(bound, place)) c
$$;
comment on function drift_state(text, float8, float8, float8) is
'ok, soft or hard: on which side of its thresholds a measure of drift is.';
