-- The bounds of the histogram of latencies, in seconds: a kept answer takes 1 ms, a search 10 to 50.
create or replace function latency_bounds() returns float8 []
language sql immutable parallel safe
as $$
    select '{0.001,0.0025,0.005,0.01,0.025,0.05,0.1,0.25,0.5,1,2.5,5,10,Infinity}'::float8 []
$$;
comment on function latency_bounds() is 'The bounds of the histogram of latencies, in seconds.';
