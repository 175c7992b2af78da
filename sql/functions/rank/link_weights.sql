-- How likely an answer is behind each kind of link, against a call: questions ask what something calls, or how it is
-- done in an heir, more than who uses it. docs/measurements.md says what that was tried on.
create or replace function link_weights() returns jsonb
language sql immutable parallel safe
as $$
    select '{
        "calls": 1, "is overridden by": 1, "is inherited by": 0.6, "inherits from": 0.5, "uses": 0.4, "has": 0.3,
        "is called by": 0.2, "imports": 0.1, "is used by": 0.1, "is imported by": 0.05
    }'::jsonb
$$;
comment on function link_weights() is 'How likely an answer is behind each kind of link, against a call.';
