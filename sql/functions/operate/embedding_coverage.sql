-- How many texts each repository has, and how many of them have a vector of a model version.
create or replace function embedding_coverage(model_version_id int)
returns table (repository_id int, total_texts bigint, embedded_texts bigint)
language plpgsql stable rows 20
set search_path from current
as $$
begin
    if model_version_id is null then
        return query select t.repository_id, count(*), 0::bigint from chunk_text t group by t.repository_id;
        return;
    end if;
    return query execute format(
        'select t.repository_id, count(*), count(e.text_hash)
         from codesearch.chunk_text t left join %s e on e.text_hash = t.text_hash group by 1',
             embedding_table(model_version_id));
end
$$;
comment on function embedding_coverage(int) is
'How many texts each repository has, and how many have a vector of a model version.';
