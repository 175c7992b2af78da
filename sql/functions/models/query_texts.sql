-- What a query table can be fitted to: what is said and named in the index, and what was asked. Documentation and
-- names of chunks, headings of documents and logged queries, each text once, as many of each kind at most, drawn by
-- the seed. No judged query is among them: those measure.
create or replace function query_texts(most_of_kind int, seed bigint default 1)
returns table (kind text, content text)
language sql stable rows 10000
set search_path from current
as $$
    with found as (
        select 'documentation' as kind, left(c.doc, 2000) as content
        from chunk c where c.level = 0 and length(c.doc) >= 20
        union
        select case when v.language in ('markdown', 'restructuredtext') then 'heading' else 'name' end, c.symbol
        from chunk c join file_version v on v.version_id = c.version_id
        where c.level = 0 and c.symbol <> '' and not v.path_flags && '{generated,vendored}'
        union
        select 'query', l.query from query_log l where l.query is not null
    ), drawn as (
        select f.*, row_number() over (partition by f.kind order by md5(seed || f.content)) as place
        from found f
        where not exists (select from judged_query j where j.query = f.content)
    )
    select d.kind, d.content from drawn d where d.place <= most_of_kind order by d.kind, d.place
$$;
comment on function query_texts(int, bigint) is
'Documentation, names, headings and logged queries, drawn by a seed: what a query table can be fitted to.';
