-- Stores one file's text, of a repository's default branch or of 'name@branch'; the trigger queues it where the content
-- is new. Creates the repository on first use.
create or replace function upsert_file(repository text, path text, content text) returns bigint
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    address record := split_address(upsert_file.repository);
    target record;
    stored bigint;
begin
    if coalesce(upsert_file.repository, '') = '' or coalesce(upsert_file.path, '') = ''
        or upsert_file.content is null then
        raise exception using errcode = 'CS001', message = 'upsert_file needs a repository, a path and a content',
            hint = 'none of the three may be NULL, nor names be empty; to remove a file call codesearch.delete_file';
    end if;
    select b.* into target from ensure_branch(address.repository, address.branch) b;
    insert into source_file as f (repository_id, branch_id, path, content)
    values (target.repository_id, target.branch_id, upsert_file.path, upsert_file.content)
    on conflict on constraint source_file_branch_path do update
        set content = excluded.content
        where f.content_hash is distinct from excluded.content_hash
    returning f.file_id into stored;
    if stored is null then
        select f.file_id into stored from source_file f
        where f.branch_id = target.branch_id and f.path = upsert_file.path;
    end if;
    return stored;
end
$$;
comment on function upsert_file(text, text, text) is
'Stores one file''s text and queues it for indexing; returns its file_id.';
