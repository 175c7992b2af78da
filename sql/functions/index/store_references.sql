-- Fifth step of replace_chunks: stores the names in the chunks of incoming_chunk. Those of a chunk that stays are
-- compared: a line between two of its members moves the names below, and an import changes what they are.
create or replace function store_references() returns void
language plpgsql volatile
set search_path from current
as $$
begin
    delete from chunk_reference r using pg_temp.incoming_chunk i
    where r.chunk_id = i.chunk_id and not i.is_new and r.ordinal >= coalesce(jsonb_array_length(i."references"), 0);
    insert into chunk_reference as r (chunk_id, ordinal, repository_id, kind, name, qualifier, origin, alias, owner,
        lines)
    select i.chunk_id, g.ordinal - 1, i.repository_id, g.kind, left(g.name, 200), left(coalesce(g.qualifier, ''), 200),
           left(coalesce(g.origin, ''), 200), left(coalesce(g.alias, ''), 200), left(coalesce(g.owner, ''), 200),
           coalesce(g.lines, '{}')
    from pg_temp.incoming_chunk i,
         rows from (jsonb_to_recordset(i."references") as (kind text, name text, qualifier text, origin text,
             alias text, owner text, lines int [])) with ordinality
             as g(kind, name, qualifier, origin, alias, owner, lines, ordinal)
    on conflict (chunk_id, ordinal, repository_id) do update
        set kind = excluded.kind, name = excluded.name, qualifier = excluded.qualifier, origin = excluded.origin,
            alias = excluded.alias, owner = excluded.owner, lines = excluded.lines
        where (r.kind, r.name, r.qualifier, r.origin, r.alias, r.owner, r.lines) is distinct from
            (excluded.kind, excluded.name, excluded.qualifier, excluded.origin, excluded.alias, excluded.owner,
             excluded.lines);
end
$$;
comment on function store_references() is 'Fifth step of replace_chunks: stores the names in the chunks.';
revoke all on function store_references() from public;
