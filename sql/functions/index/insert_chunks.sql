-- Third step of replace_chunks: stores the new rows of incoming_chunk and returns what enters the inverted index.
create or replace function insert_chunks() returns posting_change []
language plpgsql volatile
set search_path from current
as $$
declare
    result posting_change [];
    weights real [] := field_weights();
begin
    update pg_temp.incoming_chunk set chunk_id = nextval(pg_get_serial_sequence('codesearch.chunk', 'chunk_id')),
        is_new = true
    where chunk_id is null;

    with taken as materialized (
        select n.repository_id, take_slots(n.repository_id, n.chunks) as slots
        from (select i.repository_id, count(*)::int as chunks from pg_temp.incoming_chunk i
              where i.is_new group by i.repository_id order by i.repository_id) n),
    prepared as (
        select i.*, chunk_lexemes(case when i.kind = 'block' then i.name else i.symbol end,
                                  i.path, i.signature, i.doc, i.content) as lexemes,
               coalesce(n.field_weights, weights) as field_weights,
               t.slots [row_number() over (partition by i.repository_id order by i.version_id, i.ordinal)] as slot
        from pg_temp.incoming_chunk i
        join taken t on t.repository_id = i.repository_id
        left join lexical_norm n on n.repository_id = i.repository_id and n.level = i.level
        where i.is_new
        offset 0),
    stored as (
        insert into chunk (chunk_id, repository_id, version_id, level, kind, name, symbol, scope, signature, doc,
            start_line,
            end_line, content, content_hash, imports, entity, role, name_stems, slot, lexemes, lexical_length)
        overriding system value
        select p.chunk_id, p.repository_id, p.version_id, p.level, p.kind, left(p.name, 500), left(p.symbol, 2000),
            p.scope, p.signature, p.doc,
               p.start_line, p.end_line, p.content, p.content_hash, coalesce(p.imports, '{}'),
               coalesce(p.entity, ''), coalesce(p.role, 'definition'),
               array(select distinct u.token from unnest(tokenize(p.name)) u(token)),
               p.slot, p.lexemes, lexical_length(p.lexemes, p.field_weights)
        from prepared p
        order by p.version_id, p.ordinal
        returning repository_id, level, slot, lexemes, lexical_length)
    select array_agg(row(s.repository_id, s.level, s.slot, s.lexemes, s.lexical_length, 1)::posting_change) into result
    from stored s;
    return result;
end
$$;
comment on function insert_chunks() is
'Third step of replace_chunks: stores new chunks, returns what enters the inverted index.';
revoke all on function insert_chunks() from public;
