-- Fills the columns that follow from path and content, and the branch where none is given, for whoever writes the row.
-- SECURITY DEFINER: a repository that has no branch yet gets its default one. One that is moved to another shard is not
-- written, by nobody.
create or replace function source_file_prepare() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    perform refuse_moving(r.name) from repository r
    where r.repository_id = coalesce(new.repository_id, old.repository_id)
        and exists (select from moved_repository m where m.repository_id = r.repository_id
                    and (m.state = 'leaving' or m.state = 'left' and tg_op <> 'DELETE'));
    if tg_op = 'DELETE' then
        return old;
    end if;
    if new.branch_id is null then
        new.branch_id := default_branch(new.repository_id);
    end if;
    if tg_op = 'UPDATE' and new.repository_id <> old.repository_id then
        -- What is derived never leaves its repository.
        new.version_id := null;
    end if;
    if tg_op = 'INSERT' or new.content is distinct from old.content then
        new.content_hash := sha256(convert_to(new.content, 'UTF8'));
        new.size_bytes := octet_length(new.content);
        -- Whoever writes content without the file's time has it from elsewhere: the next run compares it with the file.
        if tg_op = 'UPDATE' and new.content_hash <> old.content_hash
            and new.modified_ns is not distinct from old.modified_ns then
            new.modified_ns := null;
            new.encoding := null;
            new.disk_bytes := null;
        end if;
    end if;
    return new;
end
$$;
comment on function source_file_prepare() is 'Fills content_hash, size_bytes and the branch of a source_file.';
revoke all on function source_file_prepare() from public;

create or replace trigger source_file_prepare
before insert or delete or update of repository_id, branch_id, path, content, content_hash, size_bytes on source_file
for each row execute function source_file_prepare();
