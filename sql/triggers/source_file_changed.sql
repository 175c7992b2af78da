-- What follows when files come, go, or point to another version: versions that none points to any more are collected,
-- and kept answers of the repository hold no longer. A deletion is searchable at once and needs no job.
create or replace function source_file_changed() returns trigger
language plpgsql
security definer
set search_path from current
as $$
declare
    left_versions bigint [];
    changed int [];
begin
    if tg_op = 'TRUNCATE' then
        -- The chunks first, all at once (chunk_truncate), unless they go with it: file_version can't be truncated,
        -- source_file refers to it.
        if exists (select from chunk) then
            truncate chunk cascade;
        end if;
        delete from file_version;
        return null;
    elsif tg_op = 'INSERT' then
        changed := array(select distinct n.repository_id from new_rows n where n.version_id is not null);
    elsif tg_op = 'UPDATE' then
        select array_agg(distinct o.version_id),
            array_agg(distinct o.repository_id) || array_agg(distinct n.repository_id)
        into left_versions, changed
        from old_rows o join new_rows n on n.file_id = o.file_id
        where (n.version_id, n.branch_id) is distinct from (o.version_id, o.branch_id);
    else
        select array_agg(distinct o.version_id), array_agg(distinct o.repository_id) into left_versions, changed
        from old_rows o where o.version_id is not null;
    end if;
    if left_versions is not null then
        perform collect_versions(left_versions);
    end if;
    insert into index_change (changed_repository) select distinct c from unnest(changed) c on conflict do nothing;
    return null;
end
$$;
comment on function source_file_changed() is
'Collects versions that no file points to any more, and notes that answers may be others now.';
revoke all on function source_file_changed() from public;

create or replace trigger source_file_changed_insert
after insert on source_file
referencing new table as new_rows
for each statement execute function source_file_changed();

create or replace trigger source_file_changed_update
after update on source_file
referencing old table as old_rows new table as new_rows
for each statement execute function source_file_changed();

create or replace trigger source_file_changed_delete
after delete on source_file
referencing old table as old_rows
for each statement execute function source_file_changed();

create or replace trigger source_file_changed_truncate
after truncate on source_file
for each statement execute function source_file_changed();
