-- Step of replace_chunks for files whose path changed: chunks that stay take the new path's terms, and the module its
-- new name. Their ids, and with them feedback, stay. The index entry is taken out and put in again, as two parts.
create or replace function refresh_moved_chunks() returns void
language plpgsql volatile
set search_path from current
as $$
declare
    removed posting_change [];
    added posting_change [];
begin
    drop table if exists pg_temp.moved_chunk;
    create temporary table moved_chunk on commit drop as
    select c.chunk_id, c.repository_id, c.level, c.slot, c.lexemes as old_lexemes, c.lexical_length as old_length,
           l.lexemes, lexical_length(l.lexemes, coalesce(n.field_weights, field_weights())) as lexical_length,
           i.name, i.symbol
    from pg_temp.incoming_chunk i
    join chunk c on c.chunk_id = i.chunk_id
    left join lexical_norm n on n.repository_id = i.repository_id and n.level = i.level,
         chunk_lexemes(case when i.kind = 'block' then i.name else i.symbol end, i.path, i.signature, i.doc, i.content)
             as l(lexemes)
    where i.is_moved and l.lexemes <> c.lexemes;

    update chunk c
    set lexemes = m.lexemes, lexical_length = m.lexical_length, name = left(m.name, 500), symbol = left(m.symbol, 2000),
        name_stems = array(select distinct u.token from unnest(tokenize(m.name)) u(token))
    from pg_temp.moved_chunk m
    where c.chunk_id = m.chunk_id;

    select array_agg(row(m.repository_id, m.level, m.slot, m.old_lexemes, m.old_length, -1)::posting_change),
           array_agg(row(m.repository_id, m.level, m.slot, m.lexemes, m.lexical_length, 1)::posting_change)
    into removed, added
    from pg_temp.moved_chunk m;
    perform append_postings(removed);
    perform append_postings(added);
end
$$;
comment on function refresh_moved_chunks() is
'Step of replace_chunks: chunks of a renamed file take the new path''s terms and keep their ids.';
revoke all on function refresh_moved_chunks() from public;
