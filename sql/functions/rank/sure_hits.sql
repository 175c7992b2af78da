-- Which hits of a list, given best first, are sure enough, and how sure: confidence is the probability that the list
-- has an answer at all (calibration -> 'answered', of the first hit's inputs) times that it is this hit (-> 'right'),
-- both logistic. min_confidence leaves out what is less sure. Mode adaptive shows nothing where an answer is less
-- likely than 'known', and else what is as sure as 'precise', of which the share that was calibrated for is right, but
-- at least the surest. Without a calibration every hit, and nothing is said of how sure it is.
create or replace function sure_hits(
    asked query_parts, scores float8 [], features vector [], calibration jsonb, mode text, min_confidence float8
)
returns table (place int, confidence float8)
language sql stable rows 10
set search_path from current
as $$
    with weight as materialized (
        select array_agg(coalesce((calibration -> 'answered' ->> n.name)::real, 0) order by n.place)::vector
                   as answered,
               array_agg(coalesce((calibration -> 'right' ->> n.name)::real, 0) order by n.place)::vector as correct
        from unnest(confidence_names()) with ordinality as n(name, place)
    ), likely as (
        select i.place,
               first_value(1 / (1 + exp(greatest(least(i.inputs <#> w.answered, 50), -50)))) over (order by i.place)
                   as answered,
               1 / (1 + exp(greatest(least(i.inputs <#> w.correct, 50), -50))) as correct
        from weight w, confidence_inputs(asked, scores, features) i
    )
    select l.place, case when calibration is not null then l.answered * l.correct end
    from (select *, max(answered * correct) over () as surest from likely) l
    where calibration is null
       or (mode <> 'adaptive' or l.answered >= (calibration ->> 'known')::float8)
           and l.answered * l.correct >= coalesce(min_confidence, case when mode = 'adaptive'
               then least((calibration ->> 'precise')::float8, l.surest) end, 0)
$$;
comment on function sure_hits(query_parts, float8 [], vector [], jsonb, text, float8) is
'Which hits of a list are sure enough, and how sure.';
