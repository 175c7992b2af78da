-- Stores the chunks of a batch of files in one transaction: [{file_id, content_hash, language, parser, chunker,
-- has_errors, chunks: [{level, kind, name, symbol, scope, signature, doc, start_line, end_line, content, imports,
-- entity, role, texts: [{role, start_line, end_line, text}], references: [{kind, name, qualifier, origin, alias, owner,
-- lines}]}]}]. A chunk whose symbol and content are unchanged keeps its id, and with it its feedback and, where the
-- text is the same too, its vectors; so does the module chunk of a renamed file. Returns the files that are done;
-- complete_jobs may be called for these alone.
create or replace function replace_chunks(files jsonb)
returns table (file_id bigint, added int, kept int, removed int)
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    own int [] := writable_repositories();
    fresh bigint [];
begin
    -- Shared with other writers of the repository; refresh_lexical_index takes it alone.
    perform lock_postings(l.repository_id)
    from (select distinct f.repository_id from source_file f
          where f.file_id in (select i.file_id from jsonb_to_recordset(files) as i(file_id bigint))
            and f.repository_id = any(own)
          order by 1) l;
    perform place_versions(files);
    fresh := array(select p.version_id from pg_temp.placed_version p where not p.is_found);
    perform match_chunks(files);

    return query
    with gone as (
        delete from chunk c
        where c.version_id = any(fresh)
          and not exists (select from pg_temp.incoming_chunk i where i.chunk_id = c.chunk_id)
        returning c.version_id),
    stay as (
        update chunk c
        set start_line = i.start_line, end_line = i.end_line, imports = coalesce(i.imports, '{}'),
            entity = coalesce(i.entity, ''), role = coalesce(i.role, 'definition')
        from pg_temp.incoming_chunk i
        where i.chunk_id = c.chunk_id
          and (c.start_line, c.end_line, c.imports, c.entity, c.role)
              is distinct from (i.start_line, i.end_line, coalesce(i.imports, '{}'), coalesce(i.entity, ''),
                  coalesce(i.role, 'definition'))
        returning c.chunk_id)
    select p.file_id, (select count(*)::int from pg_temp.incoming_chunk i
        where i.version_id = p.version_id and i.chunk_id is null),
           (select count(*)::int from pg_temp.incoming_chunk i
               where i.version_id = p.version_id and i.chunk_id is not null),
           (select count(*)::int from gone g where g.version_id = p.version_id)
    from pg_temp.placed_version p, (select count(*) from stay) s;

    perform refresh_moved_chunks();
    perform append_postings(insert_chunks());
    perform store_chunk_texts();
    perform store_references();
    update file_version v
    set chunk_count = (select count(*) from pg_temp.incoming_chunk i where i.version_id = v.version_id and i.level = 0)
    where v.version_id = any(fresh);
    update source_file f set version_id = p.version_id
    from pg_temp.placed_version p where p.file_id = f.file_id and f.version_id is distinct from p.version_id;
end
$$;
comment on function replace_chunks(jsonb) is
'Stores the chunks of a batch of files in one transaction; unchanged chunks keep their ids and vectors.';
revoke all on function replace_chunks(jsonb) from public;
