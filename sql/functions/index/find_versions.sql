-- Points files to versions that are there already: the same path and content, cut by the same version of the chunker,
-- as when a branch takes over what another one has. Returns the files that are done; complete_jobs may be called for
-- these alone. The versions are held until the transaction ends, so that none is collected or changed in place.
create or replace function find_versions(files bigint [], chunker text) returns setof bigint
language plpgsql volatile security definer
set search_path from current
as $$
declare
    own int [] := writable_repositories();
begin
    return query
    with found_version as materialized (
        select f.file_id, v.version_id
        from source_file f
        join file_version v on v.repository_id = f.repository_id and v.path = f.path and v.content_hash = f.content_hash
                            and v.chunker = find_versions.chunker
        where f.file_id = any(files) and f.repository_id = any(own)
        order by f.file_id for no key update of f skip locked for key share of v skip locked),
    pointed as (
        update source_file f set version_id = v.version_id
        from found_version v where f.file_id = v.file_id and f.version_id is distinct from v.version_id)
    select v.file_id from found_version v;
end
$$;
comment on function find_versions(bigint [], text) is
'Points files to versions that are there already; returns the files that are done.';
revoke all on function find_versions(bigint [], text) from public;
