-- What is on record of each file of a branch, for the comparison with a folder. disk_size is the size of the file as it
-- was read; skip is set where the name alone ruled the file out.
create or replace function known_files(branch_id int)
returns table (path text, disk_size bigint, modified_ns bigint, skip text)
language sql stable rows 1000
set search_path from current
as $$
    select f.path, coalesce(f.disk_bytes, f.size_bytes), f.modified_ns, null from source_file f
        where f.branch_id = known_files.branch_id
    union all
    select s.path, s.size_bytes, s.modified_ns, s.reason
    from skipped_file s where s.branch_id = known_files.branch_id
$$;
comment on function known_files(int) is 'What is on record of each file of a branch.';
