-- First step of replace_chunks: gives each file the version that its chunks go to, in placed_version. A version that no
-- other row points to changes in place, so that unchanged chunks keep their ids; one that others point to stays as it
-- is, and the file gets a new one, or (is_found) the one that another worker or another file of the batch has just
-- made. Left out is a file that changed since it was read (its next job has the newer text), and one that somebody has
-- locked, because waiting for it with others in hand would deadlock with a writer that takes them in another order. In
-- the order of the key, which two workers may want both.
create or replace function place_versions(files jsonb) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    own int [] := writable_repositories();
    item record;
    current file_version;
    wanted bigint;
    is_found boolean;
begin
    drop table if exists pg_temp.placed_version;
    create temporary table placed_version (
        file_id bigint, repository_id int, path text collate "C", version_id bigint, is_moved boolean, is_found boolean)
            on commit drop;
    for item in
        select f.file_id, f.repository_id, f.path, f.content_hash, f.version_id, i.language, i.parser,
            coalesce(i.chunker, '') as chunker, coalesce(i.has_errors, false) as has_errors
        from source_file f
        join jsonb_to_recordset(files) as i(file_id bigint, content_hash text, language text, parser text, chunker text,
            has_errors boolean)
          on i.file_id = f.file_id and f.content_hash = decode(i.content_hash, 'hex')
        where f.repository_id = any(own)
        order by f.repository_id, f.path, f.file_id for no key update of f skip locked
    loop
        current := null;
        wanted := null;
        select v.* into current from file_version v where v.version_id = item.version_id for update skip locked;
        if found and not exists (select from source_file o
            where o.version_id = item.version_id and o.file_id <> item.file_id) then
            begin
                update file_version v
                set path = item.path, content_hash = item.content_hash, chunker = item.chunker,
                    language = item.language, parser = item.parser, has_errors = item.has_errors, indexed_at = now(),
                    path_flags = path_flags(item.path),
                    path_stems = case when v.path = item.path then v.path_stems
                        else array(select distinct unnest(tokenize(item.path))) end
                where v.version_id = item.version_id
                returning v.version_id into wanted;
            exception when unique_violation then
                null;
            end;
        else
            insert into file_version (repository_id, path, content_hash, chunker, language, parser, has_errors,
                path_flags, path_stems)
            values (item.repository_id, item.path, item.content_hash, item.chunker, item.language, item.parser,
                item.has_errors, path_flags(item.path), array(select distinct unnest(tokenize(item.path))))
            on conflict do nothing
            returning version_id into wanted;
        end if;
        is_found := wanted is null;
        if is_found then
            select v.version_id into wanted from file_version v
            where v.repository_id = item.repository_id and v.path = item.path and v.content_hash = item.content_hash
              and v.chunker = item.chunker
            for key share skip locked;
            continue when not found;
        end if;
        insert into placed_version
        values (item.file_id, item.repository_id, item.path, wanted, current.path is distinct from item.path, is_found);
    end loop;
end
$$;
comment on function place_versions(jsonb) is
'First step of replace_chunks: gives each file the version that its chunks go to.';
revoke all on function place_versions(jsonb) from public;
