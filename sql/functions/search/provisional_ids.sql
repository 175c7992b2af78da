-- Where the ids of searches that a client logs begin. They are below 2^53, so that JavaScript's numbers hold them, and
-- beyond what a log counts to; drawn at random, since servers that can't write can't count.
create or replace function provisional_ids() returns bigint
language sql immutable parallel safe
as $$
    select 4503599627370496
$$;
comment on function provisional_ids() is 'Where the query_ids of searches that a client logs begin: 2^52.';
