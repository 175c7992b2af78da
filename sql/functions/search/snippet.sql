-- A few lines of a chunk, from the line in focus on, else from its start.
create or replace function snippet(content text, start_line int, focus_line int) returns text
language sql stable parallel safe
as $$
    select array_to_string((string_to_array(left(content, 20000), e'\n'))[s.first : s.first + codesearch.setting_number('search.snippet_lines')::int - 1], e'\n')
    from (select greatest(1, coalesce(focus_line - start_line + 1, 1)) as first) s
$$;
comment on function snippet(text, int, int) is 'A few lines of a chunk, from the line in focus on.';
