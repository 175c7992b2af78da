-- Fills a new branch with what the default one has: contents are copied, versions are pointed to, so that nothing is
-- indexed again. Where both are of one folder, its commit and its skipped files come along.
create or replace function copy_branch(source int, target int) returns void
language plpgsql volatile
set search_path from current
as $$
begin
    insert into source_file (
        repository_id, branch_id, path, content, content_hash, size_bytes, modified_ns, encoding, disk_bytes,
            version_id)
    select f.repository_id, target, f.path, f.content, f.content_hash, f.size_bytes, f.modified_ns, f.encoding,
        f.disk_bytes, f.version_id
    from source_file f where f.branch_id = source order by f.path;
    insert into skipped_file (repository_id, branch_id, path, reason, detail, size_bytes, modified_ns)
    select s.repository_id, target, s.path, s.reason, s.detail, s.size_bytes, s.modified_ns
    from skipped_file s where s.branch_id = source and s.reason <> 'unreadable';
    update branch b set indexed_commit = s.indexed_commit from branch s
        where b.branch_id = target and s.branch_id = source;
end
$$;
comment on function copy_branch(int, int) is 'Fills a new branch with what the default one has.';
revoke all on function copy_branch(int, int) from public;
