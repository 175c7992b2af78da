-- Stores a batch of files of a branch that were read: [{path, content, modified_ns, encoding, disk_bytes}], the last
-- two where the file is not in UTF-8. Unchanged content only refreshes what is known of the file. Returns how many
-- files are new or changed; the trigger queued them.
create or replace function store_files(branch_id int, files jsonb) returns int
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    owner_id int := branch_repository(store_files.branch_id);
    changed int;
begin
    perform lock_repository(owner_id);
    with given as (
        select i.path, i.content, i.modified_ns, i.encoding, i.disk_bytes
        from jsonb_to_recordset(files) as i(path text, content text, modified_ns bigint, encoding text,
            disk_bytes bigint)
        order by i.path),
    refreshed as (
        update source_file f set modified_ns = g.modified_ns, encoding = g.encoding, disk_bytes = g.disk_bytes
        from given g
        where f.branch_id = store_files.branch_id and f.path = g.path and f.content = g.content
        returning f.path),
    stored as (
        insert into source_file as f (repository_id, branch_id, path, content, modified_ns, encoding, disk_bytes)
        select owner_id, store_files.branch_id, g.path, g.content, g.modified_ns, g.encoding, g.disk_bytes
        from given g where g.path not in (select path from refreshed)
        on conflict on constraint source_file_branch_path do update
            set content = excluded.content, modified_ns = excluded.modified_ns,
                encoding = excluded.encoding, disk_bytes = excluded.disk_bytes
        returning f.file_id)
    select count(*) into changed from stored;
    return changed;
end
$$;
comment on function store_files(int, jsonb) is
'Stores a batch of files of a branch that were read; returns how many are new or changed.';
revoke all on function store_files(int, jsonb) from public;
