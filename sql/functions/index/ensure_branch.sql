-- The numbers of a repository and of a branch of it, the default one without a name; both are created on first use. A
-- new branch begins as a copy of the default one, from which a synchronisation changes what differs. root is the folder
-- that the repository is read from.
create or replace function ensure_branch(
    repository text, branch text default null, root text default null, out repository_id int, out branch_id int
)
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    wanted text := ensure_branch.branch;
    default_id int;
    created boolean;
begin
    repository_id := ensure_repository(ensure_branch.repository);
    update repository r set root = ensure_branch.root
    where r.repository_id = ensure_branch.repository_id and ensure_branch.root is not null
        and r.root is distinct from ensure_branch.root;
    default_id := default_branch(ensure_branch.repository_id);
    branch_id := default_id;
    if wanted is not null then
        insert into branch (repository_id, name) values (ensure_branch.repository_id, wanted) on conflict do nothing;
        created := found;
        branch_id := (select b.branch_id from branch b
            where b.repository_id = ensure_branch.repository_id and b.name = wanted);
        if created then
            perform copy_branch(default_id, ensure_branch.branch_id);
        end if;
    end if;
end
$$;
comment on function ensure_branch(text, text, text) is
'The numbers of a repository and of a branch of it; both are created on first use.';
revoke all on function ensure_branch(text, text, text) from public;
