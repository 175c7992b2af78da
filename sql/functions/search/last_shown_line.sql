-- The line that a result ends at. A class is shown from its head on; what is below are methods, which are chunks of
-- their own.
create or replace function last_shown_line(kind text, start_line int, end_line int, class_lines int) returns int
language sql immutable parallel safe
as $$
    select case when kind = 'class' then least(end_line, start_line + class_lines - 1) else end_line end
$$;
comment on function last_shown_line(text, int, int, int) is 'The line that a result ends at.';
