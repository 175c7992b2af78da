-- The matches of a regular expression in each line of a text, in order. PostgreSQL gives all matches of a string, with
-- their places, only as a replacement, so each is put between two marks that the text does not have, and read from
-- there; groups are not tracked for that, which takes long. An empty match right behind another is none. Lines end at
-- \n or \r\n. No line is begun after the deadline.
create or replace function line_matches(content text, pattern text, flags text, deadline timestamptz)
returns table (line int, start_column int, line_text text, match text)
language sql stable rows 10
set search_path from current
as $$
    with mark as materialized (
        select (array_agg(m.mark))[1] as first, (array_agg(m.mark))[2] as last,
               length(content) - length(replace(content, e'\n', '')) as line_ends
        from (select chr(n) as mark
              from (select generate_series(64976, 65007) union all select generate_series(57344, 63743)) as c(n)
              where strpos(content, chr(n)) = 0 limit 2) m
    ), marked as (
        select l.number, l.line,
               string_to_array(
                   regexp_replace(l.line, pattern, m.first || '\&' || m.last, 'g' || flags), m.first) as pieces
        from (select t.number, case when right(t.line, 1) = e'\r' then left(t.line, -1) else t.line end as line
              from string_to_table(content, e'\n') with ordinality as t(line, number)) l, mark m
        where case when clock_timestamp() > deadline then false
                   when flags = 'q' then strpos(l.line, pattern) > 0
                   else regexp_like(l.line, pattern, flags) end
          and (l.line <> '' or l.number <= m.line_ends)
    )
    select w.number::int, w.start::int, w.line, w.match
    from (select m.number, m.line, p.place, split_part(p.piece, k.last, 1) as match,
                 -- A piece has one mark, and the first none.
                 1 + sum(length(p.piece) - (p.place > 1)::int) over (partition by m.number order by p.place
                     rows between unbounded preceding and 1 preceding) as start,
                 lag(right(p.piece, 1) = k.last) over (partition by m.number order by p.place) as abuts
          from marked m, mark k, unnest(m.pieces) with ordinality as p(piece, place)) w
    where w.place > 1 and not (w.match = '' and coalesce(w.abuts, false))
    order by 1, 2
$$;
comment on function line_matches(text, text, text, timestamptz) is
'The matches of a regular expression in each line of a text, in order.';
