-- A repository and a branch as they are written: 'name' (the default branch) or 'name@branch'. A repository that is
-- called so as a whole comes first; else the name ends at the first @ that leaves the name of one. Runs as the caller:
-- what it may not see is not there, and leaves the whole as the name. What runs as its owner sees everything, and so
-- says among which repositories.
create or replace function split_address(
    address text, among int [] default null, out repository text, out branch text
)
language sql stable
set search_path from current
as $$
    select coalesce(r.name, address), case when r.name <> address then substr(address, length(r.name) + 2) end
    from (select) one
    left join lateral (
        select n.name from repository n
        where (n.name = address or starts_with(address, n.name || '@') and length(address) > length(n.name) + 1)
          and (among is null or n.repository_id = any(among))
        order by n.name = address desc, length(n.name) limit 1) r on true
$$;
comment on function split_address(text, int []) is
'The repository and the branch of ''name'' or ''name@branch''; the branch is null for the default one.';
