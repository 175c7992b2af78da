-- The exact distances of given chunks by role of the text: the whole chunk, and the best of its windows and, where they
-- are searched (vector.descriptions), its descriptions.
-- The distance to a vector without a direction is no number, and counts as none.
create or replace function vector_distances(model_version_id int, query_embedding halfvec, chunk_ids bigint [])
returns table (chunk_id bigint, whole float8, best_window float8)
language plpgsql stable rows 150
set search_path from current
as $$
begin
    if model_version_id is null then
        return;
    end if;
    return query execute format(
        'select t.chunk_id, min(nullif(e.embedding <=> $1, ''NaN'')) filter (where t.unit = 0),
                min(nullif(e.embedding <=> $1, ''NaN'')) filter (where t.unit > 0 or $3 and t.role = ''description'')
         from codesearch.chunk_text t join %s e on e.text_hash = t.text_hash
         where t.chunk_id = any($2) group by t.chunk_id', vector_source(model_version_id))
    using query_embedding, chunk_ids, current_setting_value('vector.descriptions')::boolean;
end
$$;
comment on function vector_distances(int, halfvec, bigint []) is
'The exact distances of given chunks by role of the text.';
