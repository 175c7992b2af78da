-- The numbers that tell whether hits, given best first by their scores and features, are right, in the order of
-- confidence_names: how far a hit is behind the best, how far that leads, whether the legs agree, how much of the query
-- there is at all. A name that was asked for and that no hit has is the plainest sign that nothing is known. A
-- list says the same of itself however many are wanted, from ten on.
create or replace function confidence_inputs(asked query_parts, scores float8 [], features vector [])
returns table (place int, inputs vector)
language sql stable rows 20
set search_path from current
as $$
    with at as (
        select array_position(feature_names(), 'vector') as vector, array_position(feature_names(), 'window') as window,
               array_position(feature_names(), 'lexical_reciprocal') as lexical_reciprocal,
               array_position(feature_names(), 'vector_reciprocal') as vector_reciprocal,
               array_position(feature_names(), 'coverage') as coverage,
               array_position(feature_names(), 'known') as known,
               array_position(feature_names(), 'has_name') as has_name
    ), hit as materialized (
        select h.place::int, h.score, h.features, f.own[at.vector] as vector, f.own[at.window] as window,
               f.own[at.lexical_reciprocal] * f.own[at.vector_reciprocal] as agreement,
               f.own[at.coverage] * f.own[at.known] as known_coverage, f.own[at.has_name] as has_name
        from unnest(confidence_inputs.scores, confidence_inputs.features)
            with ordinality as h(score, features, place), at,
             lateral (select h.features::real [] as own) f
    )
    select h.place, h.features || array[
        1,
        h.score,
        scores[1] - h.score,
        ln(h.place),
        scores[1] - coalesce(scores[2], scores[1]),
        scores[1] - scores[least(5, cardinality(scores))],
        h.agreement,
        h.known_coverage,
        max(h.vector) filter (where h.place <= 10) over (),
        max(h.window) filter (where h.place <= 10) over (),
        max(h.known_coverage) filter (where h.place <= 10) over (),
        (asked.names <> '{}' and max(h.has_name) filter (where h.place <= 10) over () = 0)::int,
        ln(greatest(cardinality(asked.terms), 1))
    ]::real []::vector
    from hit h
$$;
comment on function confidence_inputs(query_parts, float8 [], vector []) is
'The numbers that tell whether the hits of a list are right, in the order of confidence_names.';
