-- A repository's id, and its base's where it has one: whose chunks and statistics a search of it is over.
create or replace function with_base(repository_id int) returns int []
language sql stable
set search_path from current
as $$
    select array_remove(array[with_base.repository_id, (select r.base_id from repository r where r.repository_id = with_base.repository_id)], null)
$$;
comment on function with_base(int) is 'A repository''s id, and its base''s where it has one.';
