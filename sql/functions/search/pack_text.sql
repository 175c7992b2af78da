-- Code, or a signature alone, as pack shows it: the place and what it is in a heading, the code below.
create or replace function pack_text(
    with_repository boolean, repository text, path text, start_line int, end_line int, title text, content text
)
returns text
language sql immutable parallel safe
as $$
    select case when with_repository then repository || ' ' else '' end || path || ':' || start_line || '-' || end_line
        || coalesce(' ' || nullif(title, ''), '') || e'\n' || coalesce(content || e'\n', '')
$$;
comment on function pack_text(boolean, text, text, int, int, text, text) is
'Code, or a signature alone, as pack shows it.';
