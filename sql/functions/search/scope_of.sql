-- What a search is over: the default branch of every repository that the caller may see, or the branch that 'name' or
-- 'name@branch' says. A repository on its way to another shard is searched in one of the two.
create or replace function scope_of(repository text) returns search_scope
language plpgsql stable
set search_path from current
as $$
#variable_conflict use_column
declare
    scope search_scope;
begin
    if scope_of.repository is null then
        select array_agg(b.repository_id), array_agg(b.branch_id) into scope.repositories, scope.branches
        from (select b.repository_id, b.branch_id from branch b
              where b.is_default and not exists (
                  select from moved_repository m
                  where m.repository_id = b.repository_id and m.state in ('arriving', 'left'))
              order by 1) b;
        -- Under row-level security the caller may own few of the vectors: then they are counted, and compared exactly.
        return row(coalesce(scope.repositories, '{}'), coalesce(scope.branches, '{}'),
                   not row_security_active('codesearch.chunk'), null, null)::search_scope;
    end if;
    select array[b.repository_id], array_remove(array[b.branch_id], null), false
    into scope.repositories, scope.branches, scope.everything
    from find_branch(scope_of.repository) b;
    if not found then
        raise exception using errcode = 'CS006', message = format('there is no repository %L', repository),
            hint = 'select repository from codesearch.index_status lists those you may search';
    end if;
    scope.address := scope_of.repository;
    return scope;
end
$$;
comment on function scope_of(text) is
'What a search is over: a branch of one repository, or the default branches of all.';
