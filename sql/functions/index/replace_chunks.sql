-- Swaps the chunks of a batch of files in one transaction: [{file_id, content_hash, language, parser, chunker, has_errors,
-- chunks: [{level, kind, name, symbol, scope, signature, doc, start_line, end_line, content, calls, imports, source,
-- texts: [{role, start_line, end_line, text}]}]}]; source is the chunk of another file that this one is a copy of (copy_chunks). A chunk whose symbol and content are unchanged keeps its id, and
-- with it its feedback and, where the text is the same too, its vectors; so does the module chunk of a renamed file. A file
-- that changed since it was read is left alone: its next job has the newer text. So is a file that someone else has
-- locked: waiting for it with others in hand would deadlock with a writer that takes them in another order.
-- Returns the files that were swapped; complete_jobs may be called for these alone.
create or replace function replace_chunks(files jsonb)
returns table (file_id bigint, added int, kept int, removed int)
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    fresh bigint [];
    inserted posting_change [];
begin
    -- Shared with other writers of the repository; refresh_lexical_index takes it alone.
    perform lock_postings(l.repository_id)
    from (select distinct f.repository_id from source_file f
          where f.file_id in (select i.file_id from jsonb_to_recordset(files) as i(file_id bigint))
          order by 1) l;
    select array_agg(l.file_id) into fresh
    from (select f.file_id from source_file f
          join jsonb_to_recordset(files) as i(file_id bigint, content_hash text)
            on i.file_id = f.file_id and f.content_hash = decode(i.content_hash, 'hex')
          -- Not one that has become its base's meanwhile.
          where f.base_file_id is null
          order by f.file_id for no key update of f skip locked) l;

    drop table if exists pg_temp.incoming_chunk;
    create temporary table incoming_chunk on commit drop as
    select f.file_id, f.repository_id, f.path, c.ordinal::int as ordinal, v.*,
           md5(v.signature || e'\x01' || v.doc || e'\x01' || v.content)::uuid as content_hash,
           case v.kind when 'module' then '' else v.symbol end as identity,
           row_number() over (partition by f.file_id, v.level, v.kind, v.symbol, md5(v.signature || e'\x01' || v.doc || e'\x01' || v.content)
                              order by c.ordinal) as occurrence,
           null::bigint as chunk_id, false as is_new,
           -- Set by source_file_prepare when the path changes; true for a new file too, which has no chunk to move.
           f.indexed_hash is null as is_moved
    from jsonb_to_recordset(files) as i(file_id bigint, chunks jsonb)
    join source_file f on f.file_id = i.file_id and f.file_id = any(fresh),
         jsonb_array_elements(i.chunks) with ordinality as c(value, ordinal),
         jsonb_to_record(c.value) as v(level smallint, kind text, name text, symbol text, scope text, signature text, doc text,
             start_line int, end_line int, content text, calls text [], imports text [], source bigint, texts jsonb);

    update pg_temp.incoming_chunk i set chunk_id = e.chunk_id
    from (select c.chunk_id, c.file_id, c.level, c.kind, case c.kind when 'module' then '' else c.symbol end as identity, c.content_hash,
                 row_number() over (partition by c.file_id, c.level, c.kind, c.symbol, c.content_hash
                                    order by c.start_line, c.chunk_id) as occurrence
          from chunk c where c.file_id = any(fresh)) e
    where e.file_id = i.file_id and e.level = i.level and e.kind = i.kind and e.identity = i.identity
      and e.content_hash = i.content_hash and e.occurrence = i.occurrence;

    return query
    with gone as (
        delete from chunk c
        where c.file_id = any(fresh)
          and not exists (select from pg_temp.incoming_chunk i where i.chunk_id = c.chunk_id)
        returning c.file_id),
    stay as (
        update chunk c set start_line = i.start_line, end_line = i.end_line, imports = coalesce(i.imports, '{}')
        from pg_temp.incoming_chunk i
        where i.chunk_id = c.chunk_id
          and (c.start_line, c.end_line, c.imports) is distinct from (i.start_line, i.end_line, coalesce(i.imports, '{}'))
        returning c.chunk_id)
    select f.id, (select count(*)::int from pg_temp.incoming_chunk i where i.file_id = f.id and i.chunk_id is null),
           (select count(*)::int from pg_temp.incoming_chunk i where i.file_id = f.id and i.chunk_id is not null),
           (select count(*)::int from gone g where g.file_id = f.id)
    from unnest(fresh) as f(id), (select count(*) from stay) s;

    perform refresh_moved_chunks();
    inserted := insert_chunks();
    perform append_postings(inserted);
    perform store_chunk_texts();

    insert into chunk_call (chunk_id, repository_id, name)
    select distinct i.chunk_id, i.repository_id, n.name
    from pg_temp.incoming_chunk i, unnest(i.calls) as n(name)
    where i.is_new and n.name <> '' and length(n.name) <= 200;

    update source_file f
    set indexed_hash = f.content_hash, indexed_at = now(), language = i.language, parser = i.parser,
        chunker = i.chunker, has_errors = coalesce(i.has_errors, false)
    from jsonb_to_recordset(files) as i(file_id bigint, language text, parser text, chunker text, has_errors boolean)
    where i.file_id = f.file_id and f.file_id = any(fresh);
end
$$;
comment on function replace_chunks(jsonb) is
'Swaps the chunks of a batch of files in one transaction; unchanged chunks keep their ids and vectors.';
