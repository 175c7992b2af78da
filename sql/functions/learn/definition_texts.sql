-- Functions, methods and classes with the text that is embedded for them, each content once, drawn by a seed: what an
-- exported graph is asked to rank, so that the proof is about the code that will be searched.
create or replace function definition_texts(seed bigint, most int) returns table (symbol text, doc text, text text)
language sql stable rows 1000
set search_path from current
as $$
    select c.symbol, c.doc, s.text
    from (select min(o.chunk_id) as chunk_id, o.content_hash from chunk o
          where o.level = 0 and o.kind in ('function', 'method', 'class') group by o.content_hash
          order by md5(o.content_hash::text || seed) limit most) d
    join chunk c on c.chunk_id = d.chunk_id
    join chunk_text t on t.chunk_id = c.chunk_id and t.unit = 0
    join stored_text s on s.text_hash = t.text_hash
    order by md5(d.content_hash::text || seed)
$$;
comment on function definition_texts(bigint, int) is
'Functions, methods and classes, each content once, drawn by a seed, with the text that is embedded for them.';
