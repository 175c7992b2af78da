-- Records files of a branch that are not indexed: [{path, reason, detail, size_bytes, modified_ns}]; what was indexed
-- of them goes.
create or replace function skip_files(branch_id int, skips jsonb) returns void
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    owner_id int := branch_repository(skip_files.branch_id);
begin
    perform lock_repository(owner_id);
    delete from source_file f
    using jsonb_to_recordset(skips) as i(path text)
    where f.branch_id = skip_files.branch_id and f.path = i.path;
    insert into skipped_file as s (repository_id, branch_id, path, reason, detail, size_bytes, modified_ns)
    select owner_id, skip_files.branch_id, i.path, i.reason, i.detail, i.size_bytes, i.modified_ns
    from jsonb_to_recordset(skips) as i(path text, reason text, detail text, size_bytes bigint, modified_ns bigint)
    order by i.path
    on conflict on constraint skipped_file_pkey do update
        set reason = excluded.reason, detail = excluded.detail, size_bytes = excluded.size_bytes,
            modified_ns = excluded.modified_ns, seen_at = now();
end
$$;
comment on function skip_files(int, jsonb) is
'Records files of a branch that are not indexed, with the reason; what was indexed of them goes.';
revoke all on function skip_files(int, jsonb) from public;
