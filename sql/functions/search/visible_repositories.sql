-- The ids of repositories: one by name, or all that the caller may see.
create or replace function visible_repositories(repository text) returns int []
language plpgsql stable
set search_path from current
as $$
declare
    ids int [];
begin
    if repository is null then
        return array(select r.repository_id from repository r order by 1);
    end if;
    ids := array(select r.repository_id from repository r where r.name = visible_repositories.repository);
    if cardinality(ids) = 0 then
        raise exception using errcode = 'CS006', message = format('there is no repository %L', repository),
            hint = 'select name from codesearch.repository lists those you may search';
    end if;
    return ids;
end
$$;
comment on function visible_repositories(text) is
'The ids of repositories: one by name, or all that the caller may see.';
