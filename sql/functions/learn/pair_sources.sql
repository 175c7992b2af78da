-- A repository's files and their chunks, page by page in the order of their paths: what training pairs are made from.
-- The chunks are as indexed, so that a pair can name the chunk that answers it. matching narrows to paths (a regular
-- expression).
create or replace function pair_sources(repository text, after text default '', page int default 200,
    matching text default null)
returns table (path text, language text, path_flags text [], content text, chunks jsonb)
language sql stable rows 200
set search_path from current
as $$
    select f.path, f.language, f.path_flags, f.content,
           (select coalesce(jsonb_agg(jsonb_build_object('chunk_id', c.chunk_id, 'kind', c.kind, 'symbol', c.symbol,
                'start_line', c.start_line, 'end_line', c.end_line, 'content_hash', c.content_hash)), '[]')
            from chunk c where c.version_id = f.version_id and c.level = 0)
    from repository_file f
    where f.repository = pair_sources.repository and f.is_default and f.path > pair_sources.after collate "C"
        and (matching is null or f.path ~ matching)
    order by f.path
    limit page
$$;
comment on function pair_sources(text, text, int, text) is
'A repository''s files and their chunks, page by page in the order of their paths: what training pairs are made from.';
