-- Fills the columns that follow from path and content, for whoever writes the row.
create or replace function source_file_prepare() returns trigger
language plpgsql
set search_path from current
as $$
begin
    if tg_op = 'INSERT' or new.content is distinct from old.content then
        new.content_hash := sha256(convert_to(new.content, 'UTF8'));
        new.size_bytes := octet_length(new.content);
        -- Whoever writes content without the file's time has it from elsewhere: the next run compares it with the file.
        if tg_op = 'UPDATE' and new.modified_ns is not distinct from old.modified_ns then
            new.modified_ns := null;
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

create or replace trigger source_file_prepare
before insert or update of path, content, content_hash, size_bytes on source_file
for each row execute function source_file_prepare();
