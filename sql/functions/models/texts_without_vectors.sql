-- Texts of some versions of files that have no vector of a model version, not even a provisional one, as many as there
-- is room for: provisional vectors are compared one by one, so there are vector.provisional_most of them at most.
create or replace function texts_without_vectors(model_version_id int, versions bigint [])
returns table (text_hash uuid, text text)
language plpgsql stable rows 100
set search_path from current
as $$
declare
    most int := setting_number('vector.provisional_most');
    room int := most - (select count(*) from (
        select from provisional_embedding p
        where p.model_version_id = texts_without_vectors.model_version_id limit most) p);
begin
    if room <= 0 then
        return;
    end if;
    return query execute format(
        'select s.text_hash, s.text
         from (select distinct t.text_hash
               from codesearch.chunk c join codesearch.chunk_text t on t.chunk_id = c.chunk_id
               where c.version_id = any($1)
                 and not exists (select from codesearch.provisional_embedding p
                                 where p.model_version_id = $2 and p.repository_id = t.repository_id
                                   and p.text_hash = t.text_hash)) n
         join codesearch.stored_text s on s.text_hash = n.text_hash
         where not exists (select from %s e where e.text_hash = n.text_hash)
         limit $3', embedding_table(model_version_id))
    using versions, model_version_id, room;
end
$$;
comment on function texts_without_vectors(int, bigint []) is
'Texts of some versions of files that have no vector of a model version, not even a provisional one.';
