-- What mode may be: both legs, ranked by what was fitted (rerank is its older name; adaptive shows just what is sure)
-- or by reciprocal ranks alone; vectors among what has the words; one leg, vectors with or without their index.
create or replace function search_modes() returns text []
language sql immutable parallel safe
as $$
    select '{hybrid,adaptive,rrf,rerank,pipeline,lexical,vector,exact}'::text []
$$;
comment on function search_modes() is 'What mode may be.';
