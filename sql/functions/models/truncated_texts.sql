-- What a model version did not see: texts longer than its window. covered says whether windows of the same chunk hold
-- all of it, so that nothing is lost to the vector leg.
create or replace function truncated_texts(model_version_id int)
returns table (chunk_id bigint, unit smallint, token_count int, kept_tokens int, covered boolean)
language plpgsql stable
set search_path from current
as $$
begin
    if model_version_id is null then
        return;
    end if;
    return query execute format(
        'select t.chunk_id, t.unit, e.token_count, e.kept_tokens,
                t.unit <= 0 and (select count(*) > 0 and bool_and(w.kept_tokens >= w.token_count)
                                 from codesearch.chunk_text o join %1$s w on w.text_hash = o.text_hash
                                 where o.chunk_id = t.chunk_id and o.unit > 0)
         from %1$s e join codesearch.chunk_text t on t.text_hash = e.text_hash
         where e.kept_tokens < e.token_count', embedding_table(model_version_id));
end
$$;
comment on function truncated_texts(int) is 'Texts longer than a model version''s window.';
