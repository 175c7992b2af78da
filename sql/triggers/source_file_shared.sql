-- Keeps what is shared true, whoever changes a file: one of a base is given first to those who share it, and one that is shared from
-- now on loses its own chunks. And kept answers hold no longer.
create or replace function source_file_shared() returns trigger
language plpgsql
security definer
set search_path from current
as $$
declare
    repositories int [];
    changed source_file [];
    own bigint [];
begin
    if tg_op = 'UPDATE' then
        select array_agg(distinct o.repository_id),
               array_agg(row(o.*)::source_file) filter (where exists (select from source_file s where s.base_file_id = o.file_id))
        into repositories, changed
        from old_rows o
        join new_rows n on n.file_id = o.file_id
        where (n.content_hash, n.path) is distinct from (o.content_hash, o.path) and o.base_file_id is null;
        perform check_base_writable(repositories);
        if changed is not null then
            perform unshare_files(changed);
        end if;
        -- What is shared from now on has no chunks of its own.
        own := array(select n.file_id from new_rows n join old_rows o on o.file_id = n.file_id
                     where n.base_file_id is not null and o.base_file_id is null);
        if own <> '{}' then
            delete from chunk c where c.file_id = any(own);
            delete from index_job j where j.file_id = any(own);
        end if;
        insert into index_change (changed_repository)
        select distinct n.repository_id from new_rows n join old_rows o on o.file_id = n.file_id
        where n.base_file_id is distinct from o.base_file_id
        on conflict do nothing;
    elsif tg_op = 'INSERT' then
        insert into index_change (changed_repository)
        select distinct n.repository_id from new_rows n where n.base_file_id is not null on conflict do nothing;
    else
        perform check_base_writable(array(select distinct o.repository_id from old_rows o where o.base_file_id is null));
        insert into index_change (changed_repository)
        select distinct o.repository_id from old_rows o where o.base_file_id is not null on conflict do nothing;
    end if;
    return null;
end
$$;
comment on function source_file_shared() is 'Gives files of a base that change to those who share them.';
revoke all on function source_file_shared() from public;

create or replace trigger source_file_shared_insert
after insert on source_file
referencing new table as new_rows
for each statement execute function source_file_shared();

create or replace trigger source_file_shared_update
after update on source_file
referencing old table as old_rows new table as new_rows
for each statement execute function source_file_shared();

create or replace trigger source_file_shared_delete
after delete on source_file
referencing old table as old_rows
for each statement execute function source_file_shared();

-- The same for files that go. Its name sorts before the foreign key's that takes their chunks, which are copied from there. The first of a
-- statement's rows that somebody shares does it for all.
create or replace function source_file_unshare() returns trigger
language plpgsql
security definer
set search_path from current
as $$
declare
    shared source_file [];
begin
    if exists (select from source_file s where s.base_file_id = old.file_id) then
        select array_agg(row(o.*)::source_file) into shared
        from old_rows o where exists (select from source_file s where s.base_file_id = o.file_id);
        perform unshare_files(shared);
    end if;
    return null;
end
$$;
comment on function source_file_unshare() is 'Gives files of a base that go to those who share them.';
revoke all on function source_file_unshare() from public;

create or replace trigger "A_source_file_unshare"
after delete on source_file
referencing old table as old_rows
for each row when (old.base_file_id is null) execute function source_file_unshare();

-- What is shared is the base's file at the same path with the same content. Its name sorts before the foreign key's, which would
-- tell of files that one may not see.
create or replace function source_file_true() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    if not exists (
        select from source_file b join repository r on r.repository_id = new.repository_id and r.base_id = b.repository_id
        where b.file_id = new.base_file_id and b.repository_id = new.base_repository_id and b.base_file_id is null
          and b.path = new.path and b.content_hash = new.content_hash) then
        raise exception using errcode = 'CS014', message = format('%L is not the same in the base of its repository', new.path),
            hint = 'codesearch.share_repository finds what is';
    end if;
    return null;
end
$$;
comment on function source_file_true() is 'Refuses to share a file that is not the same in the base.';
revoke all on function source_file_true() from public;

create or replace trigger "A_source_file_true_insert"
after insert on source_file
for each row when (new.base_file_id is not null) execute function source_file_true();

-- What was true stays so: the base's file may change in the same statement, and is given to this one after it.
create or replace trigger "A_source_file_true_update"
after update on source_file
for each row
when (new.base_file_id is not null
      and (new.base_file_id is distinct from old.base_file_id or new.base_repository_id <> old.base_repository_id
           or new.repository_id <> old.repository_id or new.path <> old.path or new.content_hash <> old.content_hash))
execute function source_file_true();

-- content || '…' is null where the content is the base's: better an error than a change that is lost.
create or replace function source_file_unknown() returns trigger
language plpgsql
set search_path from current
as $$
begin
    raise exception using errcode = 'CS014', message = format('the content of %L is stored with the base of its repository, and null here', new.path),
        hint = 'set it from codesearch.repository_file: update codesearch.source_file f set content = r.content || … from codesearch.repository_file r where r.file_id = f.file_id and …';
end
$$;
comment on function source_file_unknown() is 'Refuses to change a content that is stored elsewhere without knowing it.';

create or replace trigger source_file_a_unknown
before update of content on source_file
for each row
when (old.content is null and new.content is null and new.base_file_id is not distinct from old.base_file_id and new.base_file_id is not null)
execute function source_file_unknown();
