-- Removes versions that no file points to, with their chunks: of some, or of all. Never waits: one that a worker is
-- about to point to is left for maintenance. The posting lock keeps refresh_lexical_index apart, which would leave
-- postings without a chunk. Under REPEATABLE READ all are left, because a version that a worker changed since the
-- snapshot would be an error (40001) in a transaction that only deletes files; nothing finds it meanwhile. Returns how
-- many went.
create or replace function collect_versions(versions bigint [] default null) returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    unused bigint [];
    removed int;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        return 0;
    end if;
    perform lock_postings(l.repository_id)
    from (select distinct v.repository_id from file_version v
          where (versions is null or v.version_id = any(versions))
            and not exists (select from source_file f where f.version_id = v.version_id) order by 1) l;
    unused := array(select v.version_id from file_version v
                    where (versions is null or v.version_id = any(versions))
                      and not exists (select from source_file f where f.version_id = v.version_id)
                    order by v.version_id for update of v skip locked);
    -- Again, now that nobody can point to them any more.
    delete from file_version v
    where v.version_id = any(unused) and not exists (select from source_file f where f.version_id = v.version_id);
    get diagnostics removed = row_count;
    return removed;
end
$$;
comment on function collect_versions(bigint []) is
'Removes versions that no file points to, with their chunks; returns how many.';
revoke all on function collect_versions(bigint []) from public;
