-- Whether any text has a vector of a model version only provisionally. Runs as the owner: it tells that something is
-- being indexed and not what, and under row-level security a caller who may see none would read them all for that.
create or replace function has_provisional(model_version_id int) returns boolean
language sql stable security definer
set search_path from current
as $$
    select exists (select from provisional_embedding p where p.model_version_id = has_provisional.model_version_id)
$$;
comment on function has_provisional(int) is 'Whether any text has a vector of a model version only provisionally.';
