-- Fills the columns that follow from path and content, for whoever writes the row. A file that shares its base's content has its own
-- from the moment that it is given one, or another path. SECURITY DEFINER for that: it may read the base's file, whose content is
-- this file's.
create or replace function source_file_prepare() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    if tg_op = 'UPDATE' and new.content is null and new.path is distinct from old.path and new.base_file_id = old.base_file_id then
        new.content := (select b.content from source_file b where b.file_id = old.base_file_id and b.content_hash = old.content_hash);
        if new.content is null then
            raise exception using errcode = 'CS014', message = format('%L and the file of the base that it shares change in one statement', old.path),
                hint = 'change them in two';
        end if;
    end if;
    if new.content is null then
        if new.base_file_id is null then
            raise exception using errcode = 'not_null_violation', message = format('file %L has no content', new.path),
                hint = 'to remove a file, delete its row or call codesearch.delete_file';
        end if;
        new.indexed_hash := null;
        new.chunker := null;
    elsif tg_op = 'INSERT' or new.content is distinct from old.content then
        new.content_hash := sha256(convert_to(new.content, 'UTF8'));
        new.size_bytes := octet_length(new.content);
        -- Whoever writes content without the file's time has it from elsewhere: the next run compares it with the file.
        if tg_op = 'UPDATE' and new.content_hash <> old.content_hash and new.modified_ns is not distinct from old.modified_ns then
            new.modified_ns := null;
        end if;
        if new.base_file_id is not null then
            new.base_file_id := null;
            new.base_repository_id := null;
            new.indexed_hash := null;
        end if;
    end if;
    if tg_op = 'INSERT' or new.path is distinct from old.path then
        new.path_flags := path_flags(new.path);
        new.path_stems := array(select distinct unnest(tokenize(new.path)));
        -- A row that a restore inserts keeps it.
        if tg_op = 'UPDATE' then
            new.indexed_hash := null;
        end if;
    end if;
    return new;
end
$$;
comment on function source_file_prepare() is 'Fills content_hash, size_bytes, path_flags and path_stems of a source_file.';
revoke all on function source_file_prepare() from public;

create or replace trigger source_file_prepare
before insert or update of path, content, content_hash, size_bytes on source_file
for each row execute function source_file_prepare();
