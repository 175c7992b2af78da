-- How many texts each repository has, its own and those it shares, and how many of them have a vector of a model version. What is
-- shared is the base's, less the texts of files that are not shared, which are few.
create or replace function text_coverage(model_version_id int)
returns table (repository_id int, total_texts bigint, embedded_texts bigint)
language plpgsql stable rows 20
set search_path from current
as $$
begin
    return query execute format(
        'with own as materialized (select * from codesearch.embedding_coverage($1))
         select r.repository_id, coalesce(o.total_texts, 0) + coalesce(b.total_texts - u.total, 0),
                coalesce(o.embedded_texts, 0) + coalesce(b.embedded_texts - u.embedded, 0)
         from codesearch.repository r
         left join own o on o.repository_id = r.repository_id
         left join own b on b.repository_id = r.base_id
         cross join lateral (
             select count(*) as total, %s as embedded
             from codesearch.source_file f
             join codesearch.chunk c on c.file_id = f.file_id
             join codesearch.chunk_text t on t.chunk_id = c.chunk_id %s
             where f.repository_id = r.base_id
               and not exists (select from codesearch.source_file s where s.base_file_id = f.file_id and s.repository_id = r.repository_id)) u',
        case when model_version_id is null then '0::bigint' else 'count(e.text_hash)' end,
        case when model_version_id is not null then format('left join %s e on e.text_hash = t.text_hash', embedding_table(model_version_id)) end)
    using model_version_id;
end
$$;
comment on function text_coverage(int) is 'How many texts each repository has, its own and those it shares, and how many have a vector of a model version.';
