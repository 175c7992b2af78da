-- Makes the descriptions of some contents of a repository, of all without, texts of the chunks that have these, and
-- queues what lacks a vector. Returns how many texts chunks have more or others than before.
create or replace function attach_descriptions(repository_id int, content_hashes uuid [] default null) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted int := attach_descriptions.repository_id;
    apart boolean := tenants_apart();
    held bigint [];
    changed int;
begin
    -- A chunk that is being replaced is left, because waiting for it with others in hand could deadlock with
    -- replace_chunks: what comes in its place gets what its content has.
    held := array(select c.chunk_id from chunk c
                  where c.repository_id = wanted and (content_hashes is null or c.content_hash = any(content_hashes))
                    and exists (select from chunk_description d
                                where d.repository_id = wanted and d.content_hash = c.content_hash and d.text <> '')
                  order by c.chunk_id for key share skip locked);
    drop table if exists pg_temp.attached_text;
    create temporary table attached_text on commit drop as
    select c.chunk_id, c.version_id, description_unit(d.wording) as unit, c.start_line, c.end_line, d.text,
        text_key(d.text, wanted, apart) as text_hash
    from chunk_description d
    join chunk c on c.repository_id = d.repository_id and c.content_hash = d.content_hash
    where d.repository_id = wanted and d.text <> '' and c.chunk_id = any(held);
    delete from pg_temp.attached_text a
    using chunk_text t
    where t.chunk_id = a.chunk_id and t.unit = a.unit and t.repository_id = wanted and t.text_hash = a.text_hash;

    perform keep_stored_texts(array_agg(a.text_hash), array_agg(a.text))
    from pg_temp.attached_text a having count(*) > 0;
    insert into chunk_text as t (chunk_id, unit, repository_id, role, start_line, end_line, text_hash)
    select a.chunk_id, a.unit, wanted, 'description', a.start_line, a.end_line, a.text_hash
    from pg_temp.attached_text a
    order by a.chunk_id, a.unit
    on conflict (chunk_id, unit, repository_id) do update
        set text_hash = excluded.text_hash
        where t.text_hash is distinct from excluded.text_hash;
    get diagnostics changed = row_count;
    perform queue_texts(array(select distinct a.version_id from pg_temp.attached_text a));
    return changed;
end
$$;
comment on function attach_descriptions(int, uuid []) is
'Makes descriptions texts of the chunks that have what they describe; returns how many texts changed.';
revoke all on function attach_descriptions(int, uuid []) from public;
