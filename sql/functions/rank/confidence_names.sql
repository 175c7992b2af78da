-- What a confidence is made of: the features of the hit, then what the list as a whole says, in the order in which
-- confidence_inputs computes them.
create or replace function confidence_names() returns text []
language sql immutable parallel safe
as $$
    select codesearch.feature_names() || '{
        constant, score, behind, place, lead, lead_of_five, agreement, known_coverage,
        best_vector, best_window, best_coverage, name_missing, terms
    }'::text []
$$;
comment on function confidence_names() is
'What a confidence is made of: the features of a hit, then what the list as a whole says.';
