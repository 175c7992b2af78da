-- The id of a repository that the asking role may write, created on first use. Under row-level security only those who
-- may see every repository create one; for others a name that is taken and one that is free give the same error.
create or replace function ensure_repository(name text) returns int
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    found_id int;
begin
    if coalesce(ensure_repository.name, '') = '' or length(ensure_repository.name) > 400 then
        raise exception using errcode = 'CS001',
            message = format('the name of a repository has %s characters',
                coalesce(length(ensure_repository.name)::text, 'no')),
            hint = 'names have 1 to 400 characters';
    end if;
    perform refuse_moving(name);
    select r.repository_id into found_id
    from repository r where r.name = ensure_repository.name and r.repository_id = any(writable_repositories());
    if found_id is null and not writes_everywhere() then
        raise exception using errcode = 'CS006', message = format('there is no repository %L', name),
            hint = 'select name from codesearch.repository lists those you may write; '
                'who sees every repository may create one';
    elsif found_id is null then
        insert into repository (name) values (ensure_repository.name)
        on conflict on constraint repository_name_key do nothing
        returning repository_id into found_id;
        if found_id is null then
            select r.repository_id into found_id from repository r where r.name = ensure_repository.name;
        end if;
    end if;
    return found_id;
end
$$;
comment on function ensure_repository(text) is 'The id of a repository, created on first use.';
revoke all on function ensure_repository(text) from public;
