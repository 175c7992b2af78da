-- A few lines of a chunk, from the line in focus on, else from its start; each line, and all together, cut to a number
-- of characters: a line may be the whole of a generated file.
create or replace function snippet(
    content text, start_line int, focus_line int, settings jsonb default current_settings()
) returns text
language sql stable parallel safe
set search_path from current
as $$
    select coalesce(
        left(string_agg(case when length(l.line) > s.line_characters then left(l.line, s.line_characters) || '…'
            else l.line end,
                           e'\n' order by l.number),
                (settings ->> 'search.snippet_characters')::int), '')
    from (select (settings ->> 'search.snippet_lines')::int as lines,
                 (settings ->> 'search.snippet_line_characters')::int as line_characters,
                 greatest(1, coalesce(focus_line - start_line + 1, 1)) as first offset 0) s,  -- or for each line
         string_to_table(left(content, 20000), e'\n') with ordinality as l(line, number)
    where l.number between s.first and s.first + s.lines - 1
$$;
comment on function snippet(text, int, int, jsonb) is
'A few lines of a chunk, from the line in focus on, of bounded length.';
