-- The classes that inherit from these, directly or not, by their names, and each class itself. Eight steps: names that
-- inherit from each other in a circle end there.
create or replace function heirs(classes text [], scope search_scope)
returns table (repository_id int, base text, heir text, steps int)
language sql stable rows 100
set search_path from current
as $$
    with recursive line as (
        select r.repository_id, b.base, b.base collate "C" as heir, 0 as steps
        from unnest(classes) as b(base), unnest(scope.repositories) as r(repository_id)
        union
        select l.repository_id, l.base, r.owner, l.steps + 1
        from line l
        join chunk_reference r on r.repository_id = l.repository_id and r.name = l.heir collate "C"
            and r.kind = 'inherits' and r.owner <> ''
        where l.steps < 8
    )
    select l.repository_id, l.base, l.heir, min(l.steps) from line l where l.heir <> '' group by 1, 2, 3
$$;
comment on function heirs(text [], search_scope) is 'The classes that inherit from these, directly or not, by name.';
