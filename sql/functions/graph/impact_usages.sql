-- What uses what is to change: a row for each chunk and each way of use, with the lines. Names that a file defines and
-- half the repository defines, too, say nothing of that file. That a file is to change says little of each place that
-- uses something of it (measured: tests/quality/impact.py), and the more it uses the more.
create or replace function impact_usages(targets impact_target [], scope search_scope) returns setof impact_evidence
language plpgsql stable rows 50
set search_path from current
as $$
#variable_conflict use_column
declare
    most_definitions constant int := 20;
    share_of_file constant float8 := 0.2;
    names text [] := array(
        select t.name from unnest(targets) t where t.chunk_id is not null
        group by t.name having not bool_and(t.of_file) or (select count(*) from chunk_reference r
            where r.repository_id = any(scope.repositories) and r.name = t.name and r.kind = 'definition')
            <= most_definitions);
begin
    return query
    with used as (
        select r.chunk_id, r.ordinal, r.kind, r.lines, t.name,
               least(sum(r.confidence * case when t.of_file then share_of_file else 1 end), 1) as confidence
        from resolved_references(names, scope) r
        join unnest(targets) t on t.chunk_id = r.definition_chunk_id and t.ordinal = r.definition_ordinal
        where r.confidence >= 0.1
        group by r.chunk_id, r.ordinal, r.kind, r.lines, t.name
    ), placed as (
        select c.version_id, u.chunk_id, u.kind, max(u.confidence) as confidence, array_agg(distinct u.name) as names,
               array_agg(distinct c.start_line + l.line order by c.start_line + l.line)
                   filter (where l.line is not null) as lines
        from used u
        join chunk c on c.chunk_id = u.chunk_id
        left join unnest(u.lines) as l(line) on true
        where c.chunk_id not in (select t.chunk_id from unnest(targets) t where t.chunk_id is not null)
            and c.version_id not in (select t.version_id from unnest(targets) t where t.of_file)
        group by c.version_id, u.chunk_id, u.kind
    )
    select p.version_id, p.chunk_id,
           case when 'test' = any(v.path_flags) then 'test' when 'docs' = any(v.path_flags) then 'documentation'
               else p.kind end,
           1 - power(1 - p.confidence, cardinality(p.names)), coalesce(p.lines, '{}'),
           reference_verb(p.kind) || ' ' || array_to_string(p.names [:3], ', ')
               || case when cardinality(p.names) > 3 then format(' and %s more', cardinality(p.names) - 3) else '' end
    from placed p
    join file_version v on v.version_id = p.version_id;
end
$$;
comment on function impact_usages(impact_target [], search_scope) is 'What uses what is to change, with its lines.';
