-- B-tree indexes of least_bytes or more that take over twice what their rows do in pages filled to nine tenths, as
-- after many rows were written and folded into few. Of a row: 8 bytes of header, 4 of pointer, its key in steps of 8.
-- The widths are those that ANALYZE found, so whoever may not read a column is told nothing of its index.
create or replace function sparse_indexes(
    least_bytes bigint, out index_name text, out bytes bigint, out expected_bytes bigint
) returns setof record
language sql stable
set search_path from current
as $$
    select s.index_name, s.bytes, s.expected_bytes::bigint
    from (select c.relname::text as index_name, pg_relation_size(i.indexrelid) as bytes,
                 t.reltuples * (12 + 8 * ceil(w.width / 8.0)) / 0.9 as expected_bytes
          from pg_index i
          join pg_class t on t.oid = i.indrelid
          join pg_class c on c.oid = i.indexrelid and c.relkind = 'i'
          join pg_am m on m.oid = c.relam and m.amname = 'btree'
          cross join lateral (
              select sum(case when a.attlen > 0 then a.attlen else o.avg_width end) as width,
                     bool_and(a.attlen > 0 or o.avg_width is not null) as known
              from unnest(i.indkey::smallint []) k
              join pg_attribute a on a.attrelid = t.oid and a.attnum = k
              left join pg_stats o on o.schemaname = 'codesearch' and o.tablename = t.relname
                  and o.attname = a.attname and not o.inherited) w
          where t.relnamespace = 'codesearch'::regnamespace and i.indisvalid and i.indpred is null
            and i.indexprs is null and t.reltuples > 0 and w.known) s
    where s.bytes >= least_bytes and s.bytes > 2 * s.expected_bytes
    order by s.index_name
$$;
comment on function sparse_indexes(bigint) is
'B-tree indexes that take over twice what their rows do, which reindex index concurrently mends.';
