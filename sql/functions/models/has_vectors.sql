-- Whether a model version has vectors, its own or provisional ones. By the size of its table, which costs a look at a
-- file: one whose rows were all deleted just now still counts.
create or replace function has_vectors(model_version_id int) returns boolean
language sql stable strict
set search_path from current
as $$
    select pg_relation_size(to_regclass(embedding_table(has_vectors.model_version_id))) > 0
        or has_provisional(has_vectors.model_version_id)
$$;
comment on function has_vectors(int) is 'Whether a model version has vectors, its own or provisional ones.';
