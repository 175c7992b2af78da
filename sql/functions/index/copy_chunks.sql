-- Gives files the chunks that the same content at the same path has in another repository, made by the same version of the
-- chunker: nothing is parsed again on another branch. Runs as the caller, so that under row-level security nothing
-- comes from repositories that it may not see. Returns the files that are done; complete_jobs may be called for these alone.
create or replace function copy_chunks(files bigint [], chunker text) returns setof bigint
language plpgsql volatile
set search_path from current
as $$
declare
    documents jsonb;
begin
    select jsonb_agg(jsonb_build_object(
        'file_id', f.file_id, 'content_hash', encode(f.content_hash, 'hex'), 'language', d.language, 'parser', d.parser,
        'chunker', d.chunker, 'has_errors', d.has_errors, 'chunks', coalesce(d.chunks, '[]')))
    into documents
    from source_file f
    cross join lateral (
        select g.language, g.parser, g.chunker, g.has_errors,
               (select jsonb_agg(jsonb_build_object(
                    'level', c.level, 'kind', c.kind, 'name', c.name, 'symbol', c.symbol, 'scope', c.scope, 'signature', c.signature,
                    'doc', c.doc, 'start_line', c.start_line, 'end_line', c.end_line, 'content', c.content, 'imports', c.imports,
                    'source', c.chunk_id,
                    'calls', array(select k.name from chunk_call k where k.chunk_id = c.chunk_id order by k.name),
                    'texts', (select jsonb_agg(jsonb_build_object('role', t.role, 'start_line', t.start_line, 'end_line', t.end_line,
                                                                  'text', s.text) order by t.unit)
                              from chunk_text t join stored_text s on s.text_hash = t.text_hash
                              where t.chunk_id = c.chunk_id))
                    order by c.level, c.start_line, c.chunk_id)
                from chunk c where c.file_id = g.file_id) as chunks
        from source_file g
        where g.content_hash = f.content_hash and g.path = f.path and g.file_id <> f.file_id
          and g.indexed_hash = g.content_hash and g.chunker = copy_chunks.chunker
        order by g.file_id limit 1) d
    where f.file_id = any(files);
    if documents is null then
        return;
    end if;
    return query select r.file_id from replace_chunks(documents) r;
end
$$;
comment on function copy_chunks(bigint [], text) is
'Gives files the chunks that the same content at the same path has in another repository; returns the files that are done.';
