-- What each feature counts, in the order of feature_names: the weights of a ranker for a class of query, and over them
-- the database's own (setting ranking.weights).
create or replace function feature_weights(weights jsonb, own jsonb) returns vector
language plpgsql stable
set search_path from current
as $$
begin
    return (
        select array_agg(coalesce((own ->> f.name)::float8, (weights ->> f.name)::float8, 0) order by f.place)::real []
            ::vector
        from unnest(feature_names()) with ordinality as f(name, place));
end
$$;
comment on function feature_weights(jsonb, jsonb) is 'What each feature counts, in the order of feature_names.';
