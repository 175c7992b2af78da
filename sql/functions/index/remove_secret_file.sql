-- Takes a file that holds a key or password out of the tables and records why; false where it changed since it was looked
-- at, or a writer holds it: then the job stays. The detail names the kind and line, never the secret.
create or replace function remove_secret_file(file_id bigint, content_hash bytea, detail text) returns boolean
language plpgsql volatile
set search_path from current
as $$
declare
    found_file record;
begin
    select f.repository_id, f.path, f.size_bytes, f.modified_ns into found_file
    from source_file f
    where f.file_id = remove_secret_file.file_id and f.content_hash = remove_secret_file.content_hash
    for update skip locked;
    -- A file that others share goes to them first: their rows are needed too, without waiting for a writer.
    if not found or exists (
        select from source_file s
        where s.base_file_id = remove_secret_file.file_id and s.file_id <> all(array(
            select l.file_id from source_file l where l.base_file_id = remove_secret_file.file_id for update skip locked))) then
        return false;
    end if;
    insert into skipped_file as s (repository_id, path, reason, detail, size_bytes, modified_ns)
    values (found_file.repository_id, found_file.path, 'secret', remove_secret_file.detail, found_file.size_bytes, found_file.modified_ns)
    on conflict on constraint skipped_file_pkey do update
        set reason = excluded.reason, detail = excluded.detail, size_bytes = excluded.size_bytes,
            modified_ns = excluded.modified_ns, seen_at = now();
    delete from source_file f where f.file_id = remove_secret_file.file_id;
    return true;
end
$$;
comment on function remove_secret_file(bigint, bytea, text) is
'Takes a file that holds a key or password out of the tables and records why.';
