-- Who was granted a repository alone, and not its base, sees the whole of it: it is separated before. So it is when the grant of the base
-- goes. The rows' locks make whoever shares them at the same time see the grants, or this one what was shared.
create or replace function repository_access_alone() returns trigger
language plpgsql
security definer
set search_path from current
as $$
begin
    perform from repository r
    where r.repository_id in (new.repository_id, old.repository_id) or tg_op <> 'INSERT' and old.repository_id is null
    order by r.repository_id for no key update;
    perform separate_repository(r.repository_id)
    from repository r
    where r.base_id is not null and exists (
        select from repository_access a
        where a.repository_id = r.repository_id and not exists (
            select from repository_access b where b.role_name = a.role_name and (b.repository_id is null or b.repository_id = r.base_id)));
    return null;
end
$$;
comment on function repository_access_alone() is 'Separates a repository from its base where a role may see it alone.';
revoke all on function repository_access_alone() from public;

create or replace trigger repository_access_alone
after insert or update or delete on repository_access
for each row execute function repository_access_alone();
