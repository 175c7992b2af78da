-- The path filter of a search as a regular expression: a glob, which may be absolute where it is below the root of one
-- of the repositories.
create or replace function path_pattern(path text, repositories int []) returns text
language sql stable
set search_path from current
as $$
    select glob_pattern(coalesce(
        (select substr(path, length(r.root) + 1) from repository r
         where r.repository_id = any(repositories) and (path = r.root or starts_with(path, r.root || '/'))
         order by length(r.root) desc limit 1),
        path))
$$;
comment on function path_pattern(text, int []) is 'The path filter of a search as a regular expression.';
