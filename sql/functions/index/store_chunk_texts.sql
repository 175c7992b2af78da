-- Last step of replace_chunks: says which texts are to be embedded for each chunk, and queues the embed jobs of those
-- that lack a vector of a model in use. A text that is stored already, here or, where text_key allows it, in another
-- repository, keeps its vectors. A new chunk gets the descriptions that its content has; one that stays keeps its own,
-- since what they describe is unchanged.
create or replace function store_chunk_texts() returns void
language plpgsql volatile
set search_path from current
as $$
declare
    apart boolean := tenants_apart();
begin
    drop table if exists pg_temp.incoming_text;
    create temporary table incoming_text on commit drop as
    select i.chunk_id,
           (case v.role when 'whole' then 0 when 'summary' then -1
                when 'description' then description_unit('documentation')
            else row_number() over (partition by i.chunk_id, v.role order by t.ordinal) end)::smallint as unit,
            i.repository_id, i.version_id, v.role, v.start_line, v.end_line,
           v.text, text_key(v.text, i.repository_id, apart) as text_hash
    from pg_temp.incoming_chunk i,
         jsonb_array_elements(coalesce(i.texts, '[]')) with ordinality as t(value, ordinal),
         jsonb_to_record(t.value) as v(role text, start_line int, end_line int, text text)
    where v.text <> '';

    insert into pg_temp.incoming_text
    select i.chunk_id, description_unit(d.wording), i.repository_id, i.version_id, 'description', i.start_line,
        i.end_line, d.text, text_key(d.text, i.repository_id, apart)
    from pg_temp.incoming_chunk i
    join chunk_description d on d.repository_id = i.repository_id and d.content_hash = i.content_hash
    where i.is_new and d.text <> ''
      and not exists (select from pg_temp.incoming_text t
                      where t.chunk_id = i.chunk_id and t.unit = description_unit(d.wording));

    perform keep_stored_texts(array_agg(i.text_hash), array_agg(i.text))
        from pg_temp.incoming_text i having count(*) > 0;

    delete from chunk_text t
    using pg_temp.incoming_chunk c
    where t.chunk_id = c.chunk_id and not c.is_new and t.role <> 'description'
      and not exists (select from pg_temp.incoming_text i where i.chunk_id = t.chunk_id and i.unit = t.unit);

    insert into chunk_text as t (chunk_id, unit, repository_id, role, start_line, end_line, text_hash)
    select i.chunk_id, i.unit, i.repository_id, i.role, i.start_line, i.end_line, i.text_hash
    from pg_temp.incoming_text i
    order by i.chunk_id, i.unit
    on conflict (chunk_id, unit, repository_id) do update
        set role = excluded.role, start_line = excluded.start_line, end_line = excluded.end_line,
            text_hash = excluded.text_hash
        where (t.text_hash, t.start_line, t.end_line, t.role)
              is distinct from (excluded.text_hash, excluded.start_line, excluded.end_line, excluded.role);

    perform queue_texts(array(select distinct i.version_id from pg_temp.incoming_text i));
end
$$;
comment on function store_chunk_texts() is
'Last step of replace_chunks: stores the texts to embed and queues what lacks a vector.';
revoke all on function store_chunk_texts() from public;
