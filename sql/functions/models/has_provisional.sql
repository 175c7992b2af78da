-- Whether any text that the caller sees has a vector of a model version only provisionally.
create or replace function has_provisional(model_version_id int) returns boolean
language sql stable
set search_path from current
as $$
    select exists (select from provisional_embedding p where p.model_version_id = has_provisional.model_version_id)
$$;
comment on function has_provisional(int) is 'Whether any text has a vector of a model version only provisionally.';
