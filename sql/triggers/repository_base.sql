-- What may be the base of a repository: another one that has no base itself, and that everybody sees who was granted this one. After
-- the row is there, because a dump may hold it before its base.
create or replace function repository_base() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    -- Whoever makes it another's base, or gives it one, waits here; and who changes its files under an older snapshot must see that it
    -- is a base now (check_base_writable).
    update repository b set base_id = b.base_id where b.repository_id = new.base_id;
    if exists (select from repository b where b.repository_id = new.base_id and b.base_id is not null)
       or exists (select from repository r where r.base_id = new.repository_id) then
        raise exception using errcode = 'CS014', message = format('%L can''t be stored on a base that has one, or that is one', new.name),
            hint = 'select name, base_id from codesearch.repository';
    end if;
    if exists (select from repository_access a
               where a.repository_id = new.repository_id
                 and not exists (select from repository_access b
                                 where b.role_name = a.role_name and (b.repository_id = new.base_id or b.repository_id is null))) then
        raise exception using errcode = 'CS014', message = format('a role was granted %L and not its base', new.name),
            hint = 'what is shared is seen by who may see both: grant the base too, or leave them apart';
    end if;
    return null;
end
$$;
comment on function repository_base() is 'Refuses what can''t be the base of a repository.';
revoke all on function repository_base() from public;

create or replace trigger repository_base_insert
after insert on repository
for each row when (new.base_id is not null) execute function repository_base();

create or replace trigger repository_base_update
after update of base_id on repository
for each row when (new.base_id is not null and new.base_id is distinct from old.base_id) execute function repository_base();

-- As the caller: a base is chosen among what one sees. Its name sorts before the foreign key's, which would tell of others.
create or replace function repository_base_visible() returns trigger
language plpgsql
set search_path from current
as $$
begin
    if not exists (select from repository b where b.repository_id = new.base_id) then
        raise exception using errcode = 'CS006', message = 'there is no such base', hint = 'select name from codesearch.repository lists those you may choose';
    end if;
    return null;
end
$$;
comment on function repository_base_visible() is 'Refuses a base that the caller may not see.';

create or replace trigger "A_repository_base_visible"
after insert or update of base_id on repository
for each row when (new.base_id is not null) execute function repository_base_visible();

-- A repository that loses its base, or whose base goes, has what it shared for its own. Its name sorts before those of foreign
-- keys, which take the files.
create or replace function repository_separate() returns trigger
language plpgsql
security definer
set search_path from current
as $$
declare
    sharer int;
    base_files source_file [];
begin
    -- What was shared after the snapshot would keep neither a content of its own nor a base.
    if tg_op = 'UPDATE' and current_setting('transaction_isolation') <> 'read committed' then
        raise exception using errcode = 'CS014', message = format('%L can''t be separated from its base in a transaction that is %s', old.name,
                                                                 upper(current_setting('transaction_isolation'))),
            hint = 'do it in a READ COMMITTED transaction';
    end if;
    for sharer in select r.repository_id from repository r
                  where r.repository_id = old.repository_id and tg_op = 'UPDATE' or r.base_id = old.repository_id and tg_op = 'DELETE'
                  order by 1 loop
        loop
            base_files := array(select b from source_file s join source_file b on b.file_id = s.base_file_id
                                where s.repository_id = sharer order by s.path limit 200);
            exit when base_files = '{}';
            perform unshare_files(base_files, sharer);
        end loop;
    end loop;
    return null;
end
$$;
comment on function repository_separate() is 'Gives files to those who share them with a base that goes, or that is their base no longer.';
revoke all on function repository_separate() from public;

create or replace trigger "A_repository_separate_update"
after update of base_id on repository
for each row when (old.base_id is not null and new.base_id is distinct from old.base_id) execute function repository_separate();

create or replace trigger "A_repository_separate_delete"
after delete on repository
for each row execute function repository_separate();
