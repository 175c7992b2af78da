-- Makes the descriptions of some contents texts of the chunks that have these, and queues what lacks a vector. Returns
-- how many texts chunks have more or others than before.
create or replace function attach_descriptions(repository_id int, content_hashes uuid []) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted int := attach_descriptions.repository_id;
    apart boolean := tenants_apart();
    changed int;
begin
    -- A chunk that is going is waited for; held, it keeps what it gets here.
    perform c.chunk_id from chunk c
    where c.repository_id = wanted and c.content_hash = any(content_hashes)
    order by c.chunk_id for key share;
    drop table if exists pg_temp.attached_text;
    create temporary table attached_text on commit drop as
    select c.chunk_id, c.version_id, description_unit(d.wording) as unit, c.start_line, c.end_line, d.text,
        text_key(d.text, wanted, apart) as text_hash
    from chunk_description d
    join chunk c on c.repository_id = d.repository_id and c.content_hash = d.content_hash
    where d.repository_id = wanted and d.content_hash = any(content_hashes) and d.text <> '';

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
'Makes the descriptions of some contents texts of the chunks that have these; returns how many changed.';
revoke all on function attach_descriptions(int, uuid []) from public;
