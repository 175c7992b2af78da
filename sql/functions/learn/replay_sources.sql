-- Documented functions, methods and classes with the text that is embedded for them, drawn by a seed: what a training
-- round mixes in against forgetting. neighbour is the text of the definition nearest in the same file, which is a hard
-- negative for the documentation; null where a definition stands alone.
create or replace function replay_sources(seed bigint, most int)
returns table (repository text, name text, doc text, text text, neighbour text)
language sql stable rows 1000
set search_path from current
as $$
    select r.name, c.name, c.doc, s.text, m.text
    from chunk c
    join chunk_text t on t.chunk_id = c.chunk_id and t.unit = 0
    join stored_text s on s.text_hash = t.text_hash
    join repository r on r.repository_id = c.repository_id
    left join lateral (select o.chunk_id from chunk o
                       where o.version_id = c.version_id and o.chunk_id <> c.chunk_id and o.level = 0
                         and o.kind in ('function', 'method', 'class') and o.content_hash <> c.content_hash
                       order by abs(o.start_line - c.start_line), o.chunk_id limit 1) near on true
    left join chunk_text n on n.chunk_id = near.chunk_id and n.unit = 0
    left join stored_text m on m.text_hash = n.text_hash
    where c.level = 0 and c.kind in ('function', 'method', 'class') and length(c.doc) > 20
    order by md5(c.content_hash::text || seed), c.chunk_id
    limit most
$$;
comment on function replay_sources(bigint, int) is
'Documented definitions, drawn by a seed, with their embedded text and their neighbour''s: replay against forgetting.';
