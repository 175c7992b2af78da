-- Takes a file that holds a key or password out of the tables and records why; false where it changed since it was
-- looked at, or a writer holds it: then the job stays. The detail names the kind and line, never the secret.
create or replace function remove_secret_file(file_id bigint, content_hash bytea, detail text) returns boolean
language plpgsql volatile security definer
set search_path from current
as $$
declare
    own int [] := writable_repositories();
    found_file record;
begin
    select f.repository_id, f.branch_id, f.path, f.size_bytes, f.modified_ns into found_file
    from source_file f
    where f.file_id = remove_secret_file.file_id and f.content_hash = remove_secret_file.content_hash
      and f.repository_id = any(own)
    for update skip locked;
    if not found then
        return false;
    end if;
    insert into skipped_file as s (repository_id, branch_id, path, reason, detail, size_bytes, modified_ns)
    values (found_file.repository_id, found_file.branch_id, found_file.path, 'secret',
        left(remove_secret_file.detail, 1000),
            found_file.size_bytes, found_file.modified_ns)
    on conflict on constraint skipped_file_pkey do update
        set reason = excluded.reason, detail = excluded.detail, size_bytes = excluded.size_bytes,
            modified_ns = excluded.modified_ns, seen_at = now();
    delete from source_file f where f.file_id = remove_secret_file.file_id;
    return true;
end
$$;
comment on function remove_secret_file(bigint, bytea, text) is
'Takes a file that holds a key or password out of the tables and records why.';
revoke all on function remove_secret_file(bigint, bytea, text) from public;
