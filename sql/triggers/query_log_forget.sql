-- What searches showed goes with them. Not by a foreign key: its look-up for each row was a third of what logging
-- costs.
create or replace function query_log_forget() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    if tg_op = 'TRUNCATE' then
        truncate query_results;
    else
        delete from query_results r using old_rows o where r.query_id = o.query_id;
    end if;
    return null;
end
$$;
comment on function query_log_forget() is 'Removes what logged searches showed together with them.';
revoke all on function query_log_forget() from public;

create or replace trigger query_log_forget
after delete on query_log
referencing old table as old_rows
for each statement execute function query_log_forget();

create or replace trigger query_log_truncate
after truncate on query_log
for each statement execute function query_log_forget();
