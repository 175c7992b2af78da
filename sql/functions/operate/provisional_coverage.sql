-- How many texts of each repository have a vector of a model version only provisionally.
create or replace function provisional_coverage(model_version_id int)
returns table (repository_id int, provisional_texts bigint)
language sql stable rows 20
set search_path from current
as $$
    select p.repository_id, count(*)
    from provisional_embedding p join chunk_text t using (repository_id, text_hash)
    where p.model_version_id = provisional_coverage.model_version_id
    group by p.repository_id
$$;
comment on function provisional_coverage(int) is
'How many texts of each repository have a vector of a model version only provisionally.';
