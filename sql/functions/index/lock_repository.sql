-- One synchronisation at a time for each repository, until the transaction ends: two that store the same files in another
-- order would deadlock. Workers and single writers don't take it.
create or replace function lock_repository(repository_id int) returns void
language sql volatile
as $$
    select pg_advisory_xact_lock(1886872436, repository_id)
$$;
comment on function lock_repository(int) is 'Lets one synchronisation of a repository write at a time.';
