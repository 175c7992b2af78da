-- Which of some chunks, best first, nearly repeat a better one: of the same repository, in another file, with the same
-- qualified name, and with the same content or nearly all terms. The path counts for nothing in that. Two of one file
-- are no copies: they are overloads, or variants that somebody wrote beside each other.
create or replace function near_copies(chunk_ids bigint [], least_overlap float8) returns setof bigint
language plpgsql stable rows 5
set search_path from current
as $$
#variable_conflict use_column
begin
    return query
        with given as materialized (
            select g.place, c.chunk_id, c.repository_id, c.version_id, c.symbol, c.kind, c.content_hash,
                   ts_filter(c.lexemes, '{a,c,d}') as lexemes
            from unnest(chunk_ids) with ordinality as g(id, place) join chunk c on c.chunk_id = g.id
        )
        select distinct worse.chunk_id
        from given better
        join given worse on worse.place > better.place and worse.repository_id = better.repository_id
            and worse.version_id <> better.version_id and worse.kind = better.kind and worse.symbol = better.symbol
        where least_overlap <= 1 and (worse.content_hash = better.content_hash
            or worse.symbol <> ''
                and term_overlap(tsvector_to_array(worse.lexemes), tsvector_to_array(better.lexemes))
                    >= least_overlap);
end
$$;
comment on function near_copies(bigint [], float8) is
'Which of some chunks, best first, nearly repeat a better one in another file of the same repository.';
