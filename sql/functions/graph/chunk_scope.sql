-- What the graph around a chunk is looked up in: the branch that 'name' or 'name@branch' says, else one of the chunk's
-- repository that has it, the default branch first. Refuses a chunk that is not there for the caller.
create or replace function chunk_scope(chunk_id bigint, repository text) returns search_scope
language plpgsql stable
set search_path from current
as $$
declare
    scope search_scope;
begin
    select array[b.repository_id], array[b.branch_id], false into scope.repositories, scope.branches, scope.everything
    from chunk c
    join source_file f on f.version_id = c.version_id
    join branch b on b.branch_id = f.branch_id
    where c.chunk_id = chunk_scope.chunk_id
    order by b.is_default desc, b.branch_id limit 1;
    if not found then
        raise exception using errcode = 'CS009',
            message = format('there is no chunk %s', coalesce(chunk_scope.chunk_id::text, 'NULL')),
            hint = 'chunk_id is a column of codesearch.search and codesearch.find_definition';
    end if;
    return case when repository is null then scope else scope_of(chunk_scope.repository) end;
end
$$;
comment on function chunk_scope(bigint, text) is 'What the graph around a chunk is looked up in.';
