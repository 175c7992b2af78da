-- Gives files without chunks those of files with the same path and content, with texts, calls and postings: the first of sources
-- to the first of targets, and so on. What still lacks a vector is queued for the copies too.
create or replace function copy_file_chunks(sources bigint [], targets bigint []) returns void
language plpgsql volatile
set search_path from current
as $$
declare
    ids constant regclass := pg_get_serial_sequence('codesearch.chunk', 'chunk_id');
    added posting_change [];
begin
    -- Shared with other writers of the repositories; refresh_lexical_index takes it alone.
    perform lock_postings(l.repository_id)
    from (select distinct f.repository_id from source_file f where f.file_id = any(targets) order by 1) l;
    with ordered as (
        select c.*, f.file_id as new_file, f.repository_id as new_repository
        from unnest(sources, targets) as t(source, target)
        join chunk c on c.file_id = t.source
        join source_file f on f.file_id = t.target
        order by f.file_id, c.chunk_id offset 0
    ), copy as materialized (
        select o.*, nextval(ids) as new_id, nextval('chunk_slot_seq') as new_slot,
               lexical_length(o.lexemes, coalesce(n.field_weights, field_weights())) as new_length
        from ordered o left join lexical_norm n on n.repository_id = o.new_repository and n.level = o.level
    ), stored as (
        insert into chunk (chunk_id, repository_id, file_id, level, kind, name, symbol, scope, signature, doc, start_line, end_line,
                           content, content_hash, imports, name_stems, slot, lexemes, lexical_length)
        overriding system value
        select c.new_id, c.new_repository, c.new_file, c.level, c.kind, c.name, c.symbol, c.scope, c.signature, c.doc, c.start_line, c.end_line,
               c.content, c.content_hash, c.imports, c.name_stems, c.new_slot, c.lexemes, c.new_length
        from copy c
    ), texts as (
        insert into chunk_text (chunk_id, unit, repository_id, role, start_line, end_line, text_hash)
        select c.new_id, t.unit, c.new_repository, t.role, t.start_line, t.end_line, t.text_hash
        from copy c join chunk_text t on t.chunk_id = c.chunk_id
    ), calls as (
        insert into chunk_call (chunk_id, repository_id, name)
        select c.new_id, c.new_repository, k.name
        from copy c join chunk_call k on k.chunk_id = c.chunk_id
    )
    select array_agg(row(c.new_repository, c.level, c.new_slot, c.lexemes, c.new_length, 1)::posting_change) into added
    from copy c;
    perform append_postings(added);
    insert into index_job (repository_id, file_id, stage, model_version_id)
    select f.repository_id, f.file_id, j.stage, j.model_version_id
    from unnest(sources, targets) as t(source, target)
    join source_file f on f.file_id = t.target
    join index_job j on j.file_id = t.source and j.stage = 'embed'
    on conflict (file_id, stage, model_version_id) do nothing;
end
$$;
comment on function copy_file_chunks(bigint [], bigint []) is
'Gives files without chunks those of files with the same path and content.';
revoke all on function copy_file_chunks(bigint [], bigint []) from public;
