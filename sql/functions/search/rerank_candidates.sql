-- What a client sends a language model of chunks, in their order. Runs as the caller: what it may not see is not there.
create or replace function rerank_candidates(chunk_ids bigint [], most_characters int)
returns table (place int, path text, symbol text, kind text, start_line int, text text)
language sql stable rows 20
as $$
    select a.place::int, v.path, c.symbol, c.kind, c.start_line, left(c.content, most_characters)
    from unnest(chunk_ids) with ordinality as a(chunk_id, place)
    join codesearch.chunk c on c.chunk_id = a.chunk_id
    join codesearch.file_version v on v.version_id = c.version_id
    order by a.place
$$;
comment on function rerank_candidates(bigint [], int) is 'What a client sends a language model of chunks.';
