-- Files whose change no trigger saw, as when rows are written with session_replication_role = replica, by logical
-- replication, or by a restore with --disable-triggers: their version has another path or content, and no job says so.
-- thoroughly also reads every content, and finds those whose hash is not theirs.
create or replace function unqueued_files(thoroughly boolean default false)
    returns table (repository_id int, file_id bigint, wrong_hash boolean)
language sql stable
set search_path from current
as $$
    select f.repository_id, f.file_id, w.wrong
    from source_file f
    left join file_version v on v.version_id = f.version_id
    cross join lateral (select thoroughly and f.content_hash <> sha256(convert_to(f.content, 'UTF8')) as wrong) w
    where w.wrong
       or ((f.path, f.content_hash) is distinct from (v.path, v.content_hash)
           and not exists (select from index_job j where j.file_id = f.file_id))
$$;
comment on function unqueued_files(boolean) is
'Files whose change no trigger saw: indexed with another content, and not queued.';
