-- A few lines of a chunk, from the line in focus on, else from its start. One expression, so that the planner puts it in
-- place and no call is left.
create or replace function snippet(content text, start_line int, focus_line int) returns text
language sql stable parallel safe
as $$
    select array_to_string((string_to_array(left(content, 20000), e'\n'))[greatest(1, coalesce(focus_line - start_line + 1, 1))
        : greatest(1, coalesce(focus_line - start_line + 1, 1)) + codesearch.setting_number('search.snippet_lines')::int - 1], e'\n')
$$;
comment on function snippet(text, int, int) is 'A few lines of a chunk, from the line in focus on.';
