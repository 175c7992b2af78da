-- Stores what is the same in two repositories once: what the first has in common with its base from now on is the base's, and stays what
-- it is when the base changes. A repository without files begins as a copy of the base, and where both are of one folder at its commit:
-- so is a branch stored, whose differences come after. Where the base has a base itself, that one is taken. Returns how many
-- files are shared.
create or replace function share_repository(repository text, base text) returns int
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
declare
    own_id int := (visible_repositories(share_repository.repository))[1];
    root_id int := (visible_repositories(share_repository.base))[1];
    same_folder boolean;
    free bigint [];
    page bigint [];
begin
    perform lock_repository(own_id);
    select b.base_id is null and b.root = o.root, coalesce(b.base_id, b.repository_id) into same_folder, root_id
    from repository b, repository o where b.repository_id = root_id and o.repository_id = own_id;
    if root_id = own_id then
        raise exception using errcode = 'CS014', message = format('%L is stored on %L already, or is the same', base, repository),
            hint = 'select name, base_id from codesearch.repository';
    end if;
    update repository r set base_id = root_id where r.repository_id = own_id and r.base_id is distinct from root_id;
    if not exists (select from source_file f where f.repository_id = own_id) and not exists (select from skipped_file s where s.repository_id = own_id) then
        insert into lexical_norm (repository_id, level, average_length, field_weights)
        select own_id, n.level, n.average_length, n.field_weights from lexical_norm n where n.repository_id = root_id
        on conflict do nothing;
        free := array(select b.file_id from source_file b where b.repository_id = root_id and b.indexed_hash = b.content_hash
                      order by b.file_id for share of b skip locked);
        -- What a writer holds, or is not indexed yet, is copied.
        insert into source_file (repository_id, path, content, content_hash, size_bytes, modified_ns, language, base_file_id, base_repository_id)
        select own_id, b.path, case when not s.shared then b.content end, b.content_hash, b.size_bytes, b.modified_ns, b.language,
               case when s.shared then b.file_id end, case when s.shared then b.repository_id end
        from source_file b cross join lateral (select b.file_id = any(free) as shared offset 0) s
        where b.repository_id = root_id
        order by b.path
        on conflict do nothing;
        if same_folder then
            insert into skipped_file (repository_id, path, reason, detail, size_bytes, modified_ns)
            select own_id, s.path, s.reason, s.detail, s.size_bytes, s.modified_ns from skipped_file s where s.repository_id = root_id and s.reason <> 'unreadable'
            on conflict do nothing;
            update repository r set indexed_commit = b.indexed_commit from repository b
            where r.repository_id = own_id and b.repository_id = root_id;
        end if;
    else
        for page in select array_agg(p.file_id) from (
            select f.file_id, row_number() over (order by f.file_id) / 500 as number
            from source_file f where f.repository_id = own_id and f.base_file_id is null) p group by p.number order by p.number loop
            perform share_files(page);
        end loop;
    end if;
    return (select count(*) from source_file f where f.repository_id = own_id and f.base_file_id is not null);
end
$$;
comment on function share_repository(text, text) is
'Stores what is the same in two repositories once, with the base; returns how many files are shared.';
