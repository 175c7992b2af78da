-- What an order of chunks by a language model depends on, as one hash: the query, what is said of each chunk, and form,
-- which names the model and the way of asking.
create or replace function rerank_key(query text, chunk_ids bigint [], form text) returns uuid
language sql stable
as $$
    select md5(row(query, form, (
        select array_agg(md5(row(v.path, c.symbol, c.kind, c.start_line, c.content_hash)::text) order by a.place)
        from unnest(chunk_ids) with ordinality as a(chunk_id, place)
        join codesearch.chunk c on c.chunk_id = a.chunk_id
        join codesearch.file_version v on v.version_id = c.version_id))::text)::uuid
$$;
comment on function rerank_key(text, bigint [], text) is
'What an order of chunks by a language model depends on, as one hash.';
