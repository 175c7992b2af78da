-- Which texts of a chunk the vector leg reads, as a condition on chunk_text t that follows another: a description is a
-- text of its chunk like others, once descriptions are searched.
create or replace function searched_texts() returns text
language sql stable
set search_path from current
as $$
    select case when current_setting_value('vector.descriptions')::boolean then ''
                else ' and t.role <> ''description''' end
$$;
comment on function searched_texts() is 'Which texts of a chunk the vector leg reads, as a condition on chunk_text t.';
