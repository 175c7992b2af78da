-- Makes files that are the same in their repository's base, and indexed there, the base's: their content, chunks and postings go, the row
-- stays. Files that a writer holds, here or there, are left, and so are all while their repository's row is changed: workers never wait
-- for a writer. Runs as the caller, so that under row-level security nothing is shared with a repository that it may
-- not see. Returns the files that are shared now.
create or replace function share_files(files bigint []) returns setof bigint
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    own_ids bigint [];
    base_ids bigint [];
begin
    -- Shared with other writers of the repository; refresh_lexical_index takes it alone.
    perform lock_postings(l.repository_id)
    from (select distinct f.repository_id from source_file f join repository r on r.repository_id = f.repository_id
          where f.file_id = any(files) and r.base_id is not null order by 1) l;
    select array_agg(p.own_id), array_agg(p.base_id) into own_ids, base_ids
    from (select f.file_id as own_id, b.file_id as base_id
          from source_file f
          join repository r on r.repository_id = f.repository_id
          join source_file b on b.repository_id = r.base_id and b.path = f.path and b.content_hash = f.content_hash
          where f.file_id = any(files) and f.base_file_id is null and b.indexed_hash = b.content_hash
          order by f.file_id for share of r skip locked for update of f skip locked for share of b skip locked) p;
    if own_ids is null then
        return;
    end if;
    return query
    update source_file f
    set content = null, base_file_id = b.file_id, base_repository_id = b.repository_id
    from unnest(own_ids, base_ids) as p(own_id, base_id)
    join source_file b on b.file_id = p.base_id
    where f.file_id = p.own_id
    returning f.file_id;
end
$$;
comment on function share_files(bigint []) is
'Makes files that are the same in their repository''s base the base''s; returns those that are shared now.';
