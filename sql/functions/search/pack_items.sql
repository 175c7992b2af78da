-- What pack chooses from, best first: each hit with its code and its signature as they would be shown, and what these
-- take. Copies of a better hit's content are left out, and what a session has seen.
create or replace function pack_items(hits hit [], seen uuid [], repository text)
returns table (
    place int, chunk_id bigint, version_id bigint, shown_repository text, path text, start_line int, end_line int,
    symbol text, content text, brief text, code_tokens int, brief_tokens int
)
language sql stable rows 50
set search_path from current
as $$
    select i.place::int, i.chunk_id, i.version_id, i.shown_repository, i.path, i.start_line, i.end_line, i.symbol,
           i.content, i.brief,
           token_count(pack_text(repository is null, i.shown_repository, i.path, i.start_line, i.end_line, i.symbol,
               i.content)),
           token_count(i.brief)
    from (select c.chunk_id, c.version_id, n.name as shown_repository, v.path, c.start_line, c.end_line, c.symbol,
                 c.content, row_number() over (order by h.rank) as place,
                 row_number() over (partition by c.content_hash order by h.rank) as copy,
                 pack_text(repository is null, n.name, v.path, c.start_line, c.end_line,
                     left(regexp_replace(coalesce(nullif(c.signature, ''), nullif(c.symbol, ''), left(c.content, 200)),
                         '\s+', ' ', 'g'), 160), null) as brief
          from unnest(hits) h
          join chunk c on c.chunk_id = h.chunk_id and c.repository_id = h.repository_id
          join file_version v on v.version_id = c.version_id
          join repository r on r.repository_id = c.repository_id
          cross join lateral (select coalesce(pack_items.repository, r.name) as name) n
          where c.content_hash <> all(seen)) i
    where i.copy = 1
    order by i.place
$$;
comment on function pack_items(hit [], uuid [], text) is
'What pack chooses from, best first: each hit with its code and its signature, and what these take.';
