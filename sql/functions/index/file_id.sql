-- The file of a chunk, the oldest where several branches have its version. Written c.file_id it stands for a column
-- that chunk had in 0.1.0: a search of that release that waits for an upgrade goes on in its own words after it.
create or replace function file_id(of_chunk chunk) returns bigint
language sql stable
set search_path from current
as $$
    select f.file_id from source_file f where f.version_id = of_chunk.version_id order by f.file_id limit 1
$$;
comment on function file_id(chunk) is 'The file of a chunk, the oldest where several branches have its version.';
