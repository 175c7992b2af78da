-- Gives files that share these rows of their base a content and chunks of their own, before the base's change or go. base_files
-- are the rows as they were; their chunks must still be there. The base's rows need no lock: who changes one waits here for
-- the rows that share it. SECURITY DEFINER: who changes a file need not see who shares it. Returns how many files have their own now.
create or replace function unshare_files(base_files source_file [], only_repository int default null) returns int
language plpgsql volatile security definer
set search_path from current
as $$
declare
    sharers bigint [];
    targets bigint [];
    sources bigint [];
    indexed bigint [];
begin
    -- Their repositories first, as who deletes one takes them; then the files in the order in which they are stored (store_files). What
    -- shares them may be on its way out with them.
    perform from repository r
    where r.repository_id in (select s.repository_id from source_file s
                              where s.base_file_id = any(array(select b.file_id from unnest(base_files) b))
                                and (only_repository is null or s.repository_id = only_repository))
    order by r.repository_id for key share;
    sharers := array(
        select s.file_id from source_file s
        where s.base_file_id = any(array(select b.file_id from unnest(base_files) b))
          and (only_repository is null or s.repository_id = only_repository)
          and exists (select from repository r where r.repository_id = s.repository_id)
        order by s.repository_id, s.path for update);
    with own as (
        update source_file s
        set content = b.content, language = b.language, parser = b.parser, chunker = b.chunker, has_errors = b.has_errors
        from unnest(base_files) b
        where s.file_id = any(sharers) and s.base_file_id = b.file_id
        returning s.file_id, b.file_id as source, b.indexed_hash = b.content_hash as is_indexed)
    -- Those of a file that waits to be indexed, too: they were found until now.
    select array_agg(o.file_id order by o.file_id), array_agg(o.source order by o.file_id), array_agg(o.file_id) filter (where o.is_indexed)
    into targets, sources, indexed
    from own o;
    -- In parts: many may share many files.
    for start in 1 .. coalesce(cardinality(targets), 0) by 200 loop
        perform copy_file_chunks(sources[start:start + 199], targets[start:start + 199]);
    end loop;
    update source_file f set indexed_hash = f.content_hash, indexed_at = now() where f.file_id = any(indexed);
    delete from index_job j where j.file_id = any(indexed) and j.stage = 'chunk';
    return cardinality(sharers);
end
$$;
comment on function unshare_files(source_file [], int) is
'Gives files that share these rows of their base a content and chunks of their own; returns how many.';
revoke all on function unshare_files(source_file [], int) from public;
