-- Stores one file's text; the trigger queues it where the content is new. Creates the repository on first use.
create or replace function upsert_file(repository text, path text, content text) returns bigint
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted_repository int;
    stored bigint;
begin
    if coalesce(upsert_file.repository, '') = '' or coalesce(upsert_file.path, '') = '' or upsert_file.content is null then
        raise exception using errcode = 'CS001', message = 'upsert_file needs a repository, a path and a content',
            hint = 'none of the three may be NULL, nor names be empty; to remove a file call codesearch.delete_file';
    elsif length(upsert_file.repository) > 400 then
        raise exception using errcode = 'CS001',
            message = format('the name of the repository has %s characters', length(upsert_file.repository)),
            hint = 'names have at most 400 characters';
    end if;
    wanted_repository := ensure_repository(upsert_file.repository);
    insert into source_file as f (repository_id, path, content, content_hash, size_bytes)
    values (wanted_repository, upsert_file.path, upsert_file.content, '', 0)
    on conflict (repository_id, path) do update
        set content = excluded.content, modified_ns = null
        where f.content_hash is distinct from excluded.content_hash
    returning f.file_id into stored;
    if stored is null then
        select f.file_id into stored from source_file f
        where f.repository_id = wanted_repository and f.path = upsert_file.path;
    end if;
    delete from skipped_file s where s.repository_id = wanted_repository and s.path = upsert_file.path;
    return stored;
end
$$;
comment on function upsert_file(text, text, text) is 'Stores one file''s text and queues it for indexing; returns its file_id.';
