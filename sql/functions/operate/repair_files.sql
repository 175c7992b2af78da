-- Mends what was written while triggers did not fire: hashes that are not those of the content, files that no job is
-- queued for, and what hangs on deleted files. Returns how many files were queued and how many rows went.
create or replace function repair_files(out queued int, out removed int)
language plpgsql volatile security definer
set search_path from current
as $$
declare
    wanted bigint [] := array(select u.file_id from unqueued_files(thoroughly => true) u);
    orphans record;
    gone int;
begin
    -- The trigger queues what differs.
    update source_file f set content_hash = sha256(convert_to(f.content, 'UTF8')), size_bytes = octet_length(f.content)
    where f.file_id = any(wanted) and f.content_hash <> sha256(convert_to(f.content, 'UTF8'));
    insert into index_job (repository_id, file_id, stage)
    select u.repository_id, u.file_id, 'chunk' from unqueued_files() u
    on conflict do nothing;
    queued := cardinality(wanted);
    select * into orphans from orphaned_rows();
    delete from chunk c where orphans.chunks > 0
        and not exists (select from file_version v where v.version_id = c.version_id);
    get diagnostics removed = row_count;
    delete from chunk_reference k where orphans.texts + orphans.chunks > 0
        and not exists (select from chunk c where c.chunk_id = k.chunk_id);
    delete from chunk_text t where orphans.texts > 0 and not exists (select from chunk c where c.chunk_id = t.chunk_id);
    get diagnostics gone = row_count;
    removed := removed + gone;
    delete from index_job j
    where orphans.jobs > 0
      and (j.file_id is not null and not exists (select from source_file f where f.file_id = j.file_id)
           or j.version_id is not null and not exists (select from file_version v where v.version_id = j.version_id));
    get diagnostics gone = row_count;
    removed := removed + gone;
    perform refresh_lexical_index(r.repository_id, force => true)
    from unnest((select o.indexes from orphaned_rows() o)) r(repository_id);
    if queued > 0 then
        perform pg_notify('codesearch_jobs', '');
    end if;
end
$$;
comment on function repair_files() is
'Mends what was written while triggers did not fire; how many files were queued and rows removed.';
revoke all on function repair_files() from public;
