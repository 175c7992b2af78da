-- A file that is gone and a new one with the same content are one file that moved: the new row takes the old one's
-- version, which then changes in place, so that its chunks keep their ids and feedback. Only where no worker was
-- quicker. Returns how many moved.
create or replace function adopt_moved_files(branch_id int, gone text []) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    moved int;
begin
    with old_file as (
        select f.version_id, f.content_hash, row_number() over (partition by f.content_hash order by f.path) as place
        from source_file f
        where f.branch_id = adopt_moved_files.branch_id and f.path = any(gone) and f.version_id is not null),
    new_file as (
        select f.file_id, f.content_hash, row_number() over (partition by f.content_hash order by f.path) as place
        from source_file f
        where f.branch_id = adopt_moved_files.branch_id and f.version_id is null and f.path <> all(gone)
          and f.content_hash in (select o.content_hash from old_file o)),
    free as (
        select f.file_id from source_file f where f.file_id in (select n.file_id from new_file n)
        order by f.file_id for no key update skip locked)
    update source_file f set version_id = o.version_id
    from new_file n
    join old_file o on o.content_hash = n.content_hash and o.place = n.place
    where f.file_id = n.file_id and f.file_id in (select x.file_id from free x) and f.version_id is null;
    get diagnostics moved = row_count;
    return moved;
end
$$;
comment on function adopt_moved_files(int, text []) is
'Gives a new file the version of one with the same content that is gone, so that its chunks keep their ids.';
revoke all on function adopt_moved_files(int, text []) from public;
