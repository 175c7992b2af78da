-- Records files that are not indexed: [{path, reason, detail, size_bytes, modified_ns}]; what was indexed of them goes.
create or replace function skip_files(repository_id int, skips jsonb) returns void
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
begin
    perform lock_repository(skip_files.repository_id);
    delete from source_file f
    using jsonb_to_recordset(skips) as i(path text)
    where f.repository_id = skip_files.repository_id and f.path = i.path;
    insert into skipped_file as s (repository_id, path, reason, detail, size_bytes, modified_ns)
    select skip_files.repository_id, i.path, i.reason, i.detail, i.size_bytes, i.modified_ns
    from jsonb_to_recordset(skips) as i(path text, reason text, detail text, size_bytes bigint, modified_ns bigint)
    order by i.path
    on conflict (repository_id, path) do update
        set reason = excluded.reason, detail = excluded.detail, size_bytes = excluded.size_bytes,
            modified_ns = excluded.modified_ns, seen_at = now();
end
$$;
comment on function skip_files(int, jsonb) is 'Records files that are not indexed, with the reason; what was indexed of them goes.';
