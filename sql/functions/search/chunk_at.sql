-- The innermost chunk at a line of a version: the shortest that has it.
create or replace function chunk_at(version_id bigint, line int) returns chunk
language sql stable
set search_path from current
as $$
    select c from chunk c
    where c.version_id = chunk_at.version_id and c.level = 0 and chunk_at.line between c.start_line and c.end_line
    order by c.end_line - c.start_line, c.chunk_id limit 1
$$;
comment on function chunk_at(bigint, int) is 'The innermost chunk at a line of a version.';
