-- One synchronisation at a time for each repository, until the transaction ends: two that store the same files in
-- another order would deadlock. Workers and single writers don't take it.
create or replace function lock_repository(repository_id int) returns void
language plpgsql volatile
set search_path from current
as $$
begin
    perform hold_work_lock('synchronisation', repository_id);
end
$$;
comment on function lock_repository(int) is 'Lets one synchronisation of a repository write at a time.';
revoke all on function lock_repository(int) from public;
