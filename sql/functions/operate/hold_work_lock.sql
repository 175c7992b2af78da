-- Takes a lock until the transaction ends; false where there is none to take, or with wait => false where another has
-- it. It is a row of a table that nobody but this function may write to: whoever knows its number can hold an advisory
-- lock, and whoever can connect may take it for ever. A row is made by the first who needs it, so that it is there
-- after any restore.
create or replace function hold_work_lock(purpose text, repository_id int default 0, shared boolean default false,
    wait boolean default true)
returns boolean
language plpgsql volatile
set search_path from current
as $$
#variable_conflict use_column
begin
    if not exists (select from work_lock w where w.purpose = hold_work_lock.purpose
        and w.repository_id = hold_work_lock.repository_id) then
        insert into work_lock (purpose, repository_id)
        select hold_work_lock.purpose, hold_work_lock.repository_id
        where hold_work_lock.repository_id = 0 or exists (select from repository r
            where r.repository_id = hold_work_lock.repository_id)
        on conflict do nothing;
    end if;
    if shared then
        perform from work_lock w where w.purpose = hold_work_lock.purpose
            and w.repository_id = hold_work_lock.repository_id for key share;
    elsif wait then
        perform from work_lock w where w.purpose = hold_work_lock.purpose
            and w.repository_id = hold_work_lock.repository_id for update;
    else
        perform from work_lock w where w.purpose = hold_work_lock.purpose
            and w.repository_id = hold_work_lock.repository_id
        for update skip locked;
    end if;
    return found;
end
$$;
comment on function hold_work_lock(text, int, boolean, boolean) is
'Takes a lock until the transaction ends; false where there is none to take.';
revoke all on function hold_work_lock(text, int, boolean, boolean) from public;
