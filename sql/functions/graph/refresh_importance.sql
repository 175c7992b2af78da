-- Measures how much of a repository's default branch leads to each of its chunks: PageRank over what its references
-- mean, each edge as sure as the reference is. False where nothing was indexed since the last time. Names that are
-- defined very often say too little of which is meant, and cost the most.
create or replace function refresh_importance(repository_id int, force boolean default false) returns boolean
language plpgsql volatile security definer
set search_path from current
as $$
#variable_conflict use_column
declare
    damping constant float8 := 0.85;
    rounds constant int := 20;
    most_definitions constant int := 20;
    scope search_scope;
    nodes float8;
begin
    select array[b.repository_id], array[b.branch_id], false into scope.repositories, scope.branches, scope.everything
    from branch b where b.repository_id = refresh_importance.repository_id and b.is_default;
    if not found or not force and (select max(v.indexed_at) from file_version v
            where v.repository_id = refresh_importance.repository_id)
        <= (select max(i.measured_at) from chunk_importance i
            where i.repository_id = refresh_importance.repository_id) then
        return false;
    end if;
    drop table if exists pg_temp.importance_edge, pg_temp.importance_node;
    create temporary table importance_edge on commit drop as
    select r.chunk_id as source, r.definition_chunk_id as target, sum(r.confidence) as weight
    from resolved_references(array(select d.name from chunk_reference d
            where d.repository_id = refresh_importance.repository_id and d.kind = 'definition'
            group by d.name having count(*) <= most_definitions), scope) r
    where r.chunk_id <> r.definition_chunk_id and r.confidence >= 0.25
    group by 1, 2;
    create temporary table importance_node on commit drop as
    select c.chunk_id, 1.0::float8 as score, o.weight as leaving
    from searched_chunks(scope.branches) c
    left join (select e.source, sum(e.weight) as weight from pg_temp.importance_edge e group by 1) o
        on o.source = c.chunk_id
    where c.repository_id = refresh_importance.repository_id;
    analyze pg_temp.importance_edge, pg_temp.importance_node;
    nodes := (select count(*) from pg_temp.importance_node);
    for round in 1..rounds loop
        update pg_temp.importance_node n
        set score = 1 - damping + damping * (coalesce(g.given, 0) + l.lost / greatest(nodes, 1))
        from pg_temp.importance_node m
        left join (select e.target, sum(s.score * e.weight / s.leaving) as given
                   from pg_temp.importance_edge e join pg_temp.importance_node s on s.chunk_id = e.source
                   group by 1) g on g.target = m.chunk_id,
             (select coalesce(sum(s.score) filter (where s.leaving is null), 0) as lost
              from pg_temp.importance_node s) l
        where m.chunk_id = n.chunk_id;
    end loop;
    delete from chunk_importance i where i.repository_id = refresh_importance.repository_id;
    insert into chunk_importance (chunk_id, repository_id, score, measured_at)
    select n.chunk_id, refresh_importance.repository_id, n.score, clock_timestamp()
    from pg_temp.importance_node n join chunk c on c.chunk_id = n.chunk_id;
    return true;
end
$$;
comment on function refresh_importance(int, boolean) is
'Measures how much of a repository''s default branch leads to each of its chunks; false where nothing changed.';
revoke all on function refresh_importance(int, boolean) from public;
