-- How much each kind of evidence says that a place has to change too, as impact() multiplies its weight by.
create or replace function impact_weights() returns jsonb
language sql immutable parallel safe
as $$
    select jsonb_build_object('definition', 1, 'implementation', 0.8, 'call', 0.6, 'inherits', 0.6, 'import', 0.5,
        'use', 0.5, 'test', 0.3, 'documentation', 0.1, 'configuration', 0.1, 'history', 0.9, 'match', 0.45,
        'precedent', 0.4)
$$;
comment on function impact_weights() is 'How much each kind of evidence says that a place has to change too.';
