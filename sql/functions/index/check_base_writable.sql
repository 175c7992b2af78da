-- Refuses to change files of repositories that others share in a transaction that can't see what is shared now: under REPEATABLE
-- READ and SERIALIZABLE a file that was shared after the snapshot would change for its sharers too.
create or replace function check_base_writable(repositories int []) returns void
language plpgsql volatile
set search_path from current
as $$
begin
    if current_setting('transaction_isolation') = 'read committed' then
        return;
    end if;
    -- Fails (40001) where the repository became a base after the snapshot: the trigger repository_base touched its row.
    perform from repository r where r.repository_id = any(repositories) for share;
    if exists (select from repository r where r.base_id = any(repositories)) then
        raise exception using errcode = 'CS014', message = format('other repositories share files with these, and the transaction is %s',
                                                                 upper(current_setting('transaction_isolation'))),
            hint = 'change them in a READ COMMITTED transaction';
    end if;
end
$$;
comment on function check_base_writable(int []) is 'Refuses to change shared files in a transaction that can''t see who shares them.';
