-- Of hits that may come from anybody, those that a search of the asking role could have shown: chunks that it may see,
-- with their own repository and content, in bounded numbers.
create or replace function loggable_hits(hits hit [], k int) returns hit []
language plpgsql stable
set search_path from current
as $$
declare
    own int [] := writable_repositories();
begin
    if hits is null or cardinality(hits) > k then
        raise exception using errcode = 'CS001', message = 'no search shows such results',
            hint = 'searches log themselves: codesearch.search';
    end if;
    return array(select row(h.rank, c.chunk_id, c.repository_id, c.content_hash, h.score, h.lexical_rank,
        h.vector_rank, h.focus_line, null)::hit
                 from unnest(hits) h join chunk c on c.chunk_id = h.chunk_id
                 where h.rank between 1 and k and abs(h.score) < 1e6
                   and c.repository_id = any(own)
                 order by h.rank);
end
$$;
comment on function loggable_hits(hit [], int) is
'Of hits that may come from anybody, those that a search of the asking role could have shown.';
