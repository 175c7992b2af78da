-- The repository and the branch of it that 'name' or 'name@branch' says, as the caller sees them, or among these
-- repositories. No row where there is none; branch_id is null where a repository has no file and so no default branch
-- yet.
create or replace function find_branch(address text, among int [] default null)
returns table (repository_id int, branch_id int)
language sql stable rows 1
set search_path from current
as $$
    select r.repository_id, b.branch_id
    from split_address(address, among) a
    join repository r on r.name = a.repository and (among is null or r.repository_id = any(among))
    left join branch b on b.repository_id = r.repository_id and (b.name = a.branch or a.branch is null and b.is_default)
    where a.branch is null or b.branch_id is not null
$$;
comment on function find_branch(text, int []) is 'The repository and the branch that ''name'' or ''name@branch'' says.';
