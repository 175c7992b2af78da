-- Texts with a model version's own vectors of them, to fit its document table to: windows of long chunks too. In the
-- order of their hashes, which is any order, and the same each time.
create or replace function document_texts(model_version_id int, most int)
returns table (text text, embedding halfvec)
language plpgsql stable rows 1000
set search_path from current
as $$
begin
    return query execute format(
        'select s.text, e.embedding from (select o.* from %s o order by o.text_hash limit $1) e
         join codesearch.stored_text s using (text_hash)', embedding_table(document_texts.model_version_id))
    using most;
end
$$;
comment on function document_texts(int, int) is 'Texts with a model version''s own vectors of them.';
