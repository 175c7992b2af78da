-- How sure the hits of a list are, given best first: confidence is the probability that the list has an answer at all
-- (answered: calibration -> 'answered', of the first hit's inputs) times that it is this hit (-> 'right'), both
-- logistic. Both are null without a calibration.
create or replace function hit_confidences(
    asked query_parts, scores float8 [], features vector [], calibration jsonb
)
returns table (place int, answered float8, confidence float8)
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
    select l.place, case when calibration is not null then l.answered end,
           case when calibration is not null then l.answered * l.correct end
    from likely l
$$;
comment on function hit_confidences(query_parts, float8 [], vector [], jsonb) is
'How sure the hits of a list are: that there is an answer, and that it is this hit.';
