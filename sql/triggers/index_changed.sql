-- Notes which repositories a transaction changed, for the answers that were kept of them. Whatever adds, removes or
-- changes chunks writes lexical_statistic, in the same transaction.
create or replace function index_changed() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    if tg_op = 'TRUNCATE' then
        insert into index_change (changed_repository) select r.repository_id from repository r on conflict do nothing;
    else
        insert into index_change (changed_repository) select distinct r.repository_id
            from changed_rows r on conflict do nothing;
    end if;
    return null;
end
$$;
comment on function index_changed() is 'Notes which repositories a transaction changed.';
revoke all on function index_changed() from public;

create or replace trigger index_changed_insert
after insert on lexical_statistic
referencing new table as changed_rows
for each statement execute function index_changed();

create or replace trigger index_changed_update
after update on lexical_statistic
referencing new table as changed_rows
for each statement execute function index_changed();

create or replace trigger index_changed_delete
after delete on lexical_statistic
referencing old table as changed_rows
for each statement execute function index_changed();

create or replace trigger index_changed_truncate
after truncate on lexical_statistic
for each statement execute function index_changed();

-- Answers of another version's functions.
delete from result_cache;
