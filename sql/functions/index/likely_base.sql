-- The repository that would be a good base: at least half of the files of both are the same at the same path. Null where there is
-- none, or where this one has a base already, or is one.
create or replace function likely_base(repository_id int) returns int
language sql stable
set search_path from current
as $$
    select c.repository_id
    from (select b.repository_id, count(*) as same
          from source_file f
          join source_file b on b.content_hash = f.content_hash and b.path = f.path and b.repository_id <> f.repository_id
          join repository r on r.repository_id = b.repository_id and r.base_id is null
          where f.repository_id = likely_base.repository_id and f.base_file_id is null
          group by b.repository_id) c
    where c.same * 2 >= greatest((select count(*) from source_file f where f.repository_id = likely_base.repository_id),
                                 (select count(*) from source_file b where b.repository_id = c.repository_id))
      and not exists (select from repository r where r.base_id = likely_base.repository_id
                      or r.repository_id = likely_base.repository_id and r.base_id is not null)
    order by c.same desc, c.repository_id
    limit 1
$$;
comment on function likely_base(int) is 'The repository that most files of this one are the same in, null where there is none.';
