-- What pack shows, in order: code, of which chunks that follow each other in a file are one piece, then signatures.
create or replace function packed_rows(hits hit [], seen uuid [], repository text, tokens int)
returns setof packed_code
language sql stable rows 30
set search_path from current
as $$
    with item as materialized (
        select * from pack_items(hits, seen, packed_rows.repository)
    ), chosen as (
        select i.*, f.form
        from item i
        join unnest(pack_forms(array(select o.code_tokens from item o order by o.place),
                               array(select o.brief_tokens from item o order by o.place), packed_rows.tokens))
            with ordinality as f(form, number)
            on f.number = (select count(*) from item o where o.place <= i.place)
        where f.form is not null
    ), pieced as (
        -- A new piece begins where no chunk of the file ends right above; blank lines belong to none.
        select c.*, sum(case when c.form = 'code' and c.start_line - c.above between 1 and 3 then 0 else 1 end)
                   over (partition by c.form, c.version_id order by c.start_line, c.chunk_id) as piece
        from (select o.*, lag(o.end_line) over (partition by o.form, o.version_id order by o.start_line, o.chunk_id)
                  as above from chosen o) c
    ), piece as (
        select p.form, p.shown_repository, p.path, p.version_id, min(p.place) as place, min(p.start_line) as start_line,
               max(p.end_line) as end_line,
               array_agg(p.symbol order by p.start_line) filter (where p.symbol <> '') as symbols,
               array_agg(p.chunk_id order by p.start_line) as chunk_ids, min(p.brief) as brief,
               string_agg(case when p.above is null or p.start_line - p.above not between 1 and 3 then ''
                   else repeat(e'\n', p.start_line - p.above) end || p.content, '' order by p.start_line) as content
        from pieced p
        group by p.form, p.shown_repository, p.path, p.version_id, p.piece
    )
    select (row_number() over (order by p.form, p.place))::int, p.form, p.shown_repository, p.path, p.start_line,
        p.end_line, coalesce(p.symbols, '{}'), p.chunk_ids, token_count(t.text), t.text, null::int, null::int,
        null::bigint
    from piece p
    cross join lateral (select case when p.form = 'signature' then p.brief
        else pack_text(packed_rows.repository is null, p.shown_repository, p.path, p.start_line, p.end_line,
            array_to_string(p.symbols, ', '), p.content) end as text) t
    order by 1
$$;
comment on function packed_rows(hit [], uuid [], text, int) is 'What pack shows, in order.';
