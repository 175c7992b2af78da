-- Code like a chunk: the chunks nearest to it by their vectors, without itself and its copies. Runs as the caller, as
-- search does: a chunk that the caller may not see is none. Where the chunk has no vectors its words are searched for.
-- Nothing is logged; the score is the cosine, or that of a search by words.
create or replace function find_similar(
    chunk_id bigint, k int default 10, repository text default null, path text default null, language text default null,
    kind text default null, model text default null
)
returns setof search_result
language plpgsql volatile rows 10
set search_path from current
as $$
#variable_conflict use_column
declare
    model_id int := resolve_model(find_similar.model);
    settings jsonb := current_settings(model_id);
    given chunk;
    words text;
    near record;
begin
    select c.* into given from chunk c where c.chunk_id = find_similar.chunk_id;
    if not found then
        raise exception using errcode = 'CS009',
            message = format('there is no chunk %s', coalesce(find_similar.chunk_id::text, 'NULL')),
            hint = 'chunk_id is a column of codesearch.search';
    end if;
    words := left(given.symbol || ' ' || given.content, setting_number('query.max_length')::int);
    perform check_search(words, find_similar.k, 'lexical', null, model_id);
    perform check_filters(find_similar.kind, find_similar.language);
    select n.ids, n.distances into near
    from similar_chunks(given.chunk_id, given.content_hash, find_similar.k, find_similar.repository, find_similar.path,
                        find_similar.language, find_similar.kind, model_id) n;
    if near.ids is null then
        return query
        select (row_number() over (order by s.rank))::int, s.chunk_id, s.repository, s.path, s.start_line, s.end_line,
            s.kind, s.symbol,
               s.score, s.lexical_rank, s.vector_rank, s.snippet, s.query_id, null::float8
        from search(words, least(find_similar.k + 20, setting_number('search.max_results')::int),
            find_similar.repository,
                    find_similar.path, find_similar.language, find_similar.kind, 'lexical', log => false) s
        join chunk c on c.chunk_id = s.chunk_id
        where c.content_hash <> given.content_hash
        order by 1 limit find_similar.k;
        return;
    end if;
    return query
    select n.place::int, c.chunk_id, coalesce(find_similar.repository, r.name), v.path, c.start_line, c.end_line,
        c.kind, c.symbol,
           1 - n.distance, null::int, n.place::int, snippet(c.content, c.start_line, null, settings), null::bigint,
           null::float8
    from unnest(near.ids, near.distances) with ordinality as n(id, distance, place)
    join chunk c on c.chunk_id = n.id
    join file_version v on v.version_id = c.version_id
    join repository r on r.repository_id = c.repository_id
    order by n.place;
end
$$;
comment on function find_similar(bigint, int, text, text, text, text, text) is
'The chunks of code nearest to a given one, best first.';
