-- One line of a version's file, as a branch has it; null where the file has changed since it was indexed.
create or replace function source_line(version_id bigint, branches int [], line int) returns text
language sql stable
set search_path from current
as $$
    select split_part(f.content, e'\n', source_line.line)
    from source_file f
    join file_version v on v.version_id = f.version_id
    where f.version_id = source_line.version_id and f.branch_id = any(branches) and f.content_hash = v.content_hash
        and source_line.line >= 1
    limit 1
$$;
comment on function source_line(bigint, int [], int) is 'One line of a version''s file, as a branch has it.';
