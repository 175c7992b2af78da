-- Second step of replace_chunks: lays the new chunks of placed_version's files out in incoming_chunk, each with the id
-- of the chunk that it was before, null where it is new.
create or replace function match_chunks(files jsonb) returns void
language plpgsql volatile
set search_path from current
as $$
begin
    drop table if exists pg_temp.incoming_chunk;
    create temporary table incoming_chunk on commit drop as
    select p.version_id, p.repository_id, p.path, p.is_moved, c.ordinal::int as ordinal, v.*,
           md5(v.signature || e'\x01' || v.doc || e'\x01' || v.content)::uuid as content_hash,
           case v.kind when 'module' then '' else v.symbol end as identity,
           row_number() over (
               partition by p.version_id, v.level, v.kind, v.symbol,
                   md5(v.signature || e'\x01' || v.doc || e'\x01' || v.content)
               order by c.ordinal) as occurrence,
           null::bigint as chunk_id, false as is_new
    from jsonb_to_recordset(files) as i(file_id bigint, chunks jsonb)
    join pg_temp.placed_version p on p.file_id = i.file_id and not p.is_found,
         jsonb_array_elements(i.chunks) with ordinality as c(value, ordinal),
         jsonb_to_record(c.value) as v(level smallint, kind text, name text, symbol text, scope text, signature text,
             doc text,
             start_line int, end_line int, content text, imports text [],
             entity text, role text, texts jsonb, "references" jsonb);

    update pg_temp.incoming_chunk i set chunk_id = e.chunk_id
    from (select c.chunk_id, c.version_id, c.level, c.kind, case c.kind when 'module' then ''
        else c.symbol end as identity, c.content_hash,
                 row_number() over (partition by c.version_id, c.level, c.kind, c.symbol, c.content_hash
                                    order by c.start_line, c.chunk_id) as occurrence
          from chunk c where c.version_id in (select p.version_id from pg_temp.placed_version p where not p.is_found)) e
    where e.version_id = i.version_id and e.level = i.level and e.kind = i.kind and e.identity = i.identity
      and e.content_hash = i.content_hash and e.occurrence = i.occurrence;
end
$$;
comment on function match_chunks(jsonb) is 'Second step of replace_chunks: finds which chunks were there before.';
revoke all on function match_chunks(jsonb) from public;
