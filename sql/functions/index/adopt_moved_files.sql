-- A file that is gone and a new one with the same content are one file that moved: the old row takes the new path, so that
-- its chunks keep their ids and feedback; one that is shared has none. Only where no worker was quicker. Returns how many moved.
create or replace function adopt_moved_files(repository_id int, gone text []) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    old_ids bigint [];
    new_ids bigint [];
begin
    with old_file as (
        select f.file_id, f.content_hash, row_number() over (partition by f.content_hash order by f.path) as place
        from source_file f where f.repository_id = adopt_moved_files.repository_id and f.path = any(gone) and f.base_file_id is null),
    new_file as (
        select f.file_id, f.content_hash, row_number() over (partition by f.content_hash order by f.path) as place
        from source_file f
        where f.repository_id = adopt_moved_files.repository_id and f.indexed_hash is null and f.base_file_id is null
          and f.path <> all(gone)
          and f.content_hash in (select o.content_hash from old_file o)
          and not exists (select from chunk c where c.file_id = f.file_id))
    select array_agg(o.file_id order by o.file_id), array_agg(n.file_id order by o.file_id) into old_ids, new_ids
    from old_file o join new_file n on n.content_hash = o.content_hash and n.place = o.place;
    if old_ids is null then
        return 0;
    end if;
    create temporary table if not exists moved_file (file_id bigint, path text collate "C", modified_ns bigint) on commit drop;
    truncate pg_temp.moved_file;
    with dropped as (
        delete from source_file f
        where f.file_id in (select x.file_id from source_file x where x.file_id = any(new_ids) for update skip locked)
        returning f.file_id, f.path, f.modified_ns)
    insert into pg_temp.moved_file
    select p.old_id, d.path, d.modified_ns
    from unnest(old_ids, new_ids) as p(old_id, new_id) join dropped d on d.file_id = p.new_id;
    update source_file f set path = m.path, modified_ns = m.modified_ns
    from pg_temp.moved_file m where m.file_id = f.file_id;
    return (select count(*) from pg_temp.moved_file);
end
$$;
comment on function adopt_moved_files(int, text []) is
'Makes one file of one that is gone and a new one with the same content, so that its chunks keep their ids.';
revoke all on function adopt_moved_files(int, text []) from public;
