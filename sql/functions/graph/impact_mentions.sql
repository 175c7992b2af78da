-- Where documentation and configuration name what is to change: the symbol, or of a file its path or name. Found by the
-- inverted index; a name in thousands of places says nothing. A name that could be any word counts where it is written
-- as code: qualified, quoted or called.
create or replace function impact_mentions(targets impact_target [], scope search_scope) returns setof impact_evidence
language plpgsql stable rows 20
set search_path from current
as $$
#variable_conflict use_column
declare
    most_names constant int := 5;
begin
    return query
    with wanted as (
        select distinct regexp_replace(t.path, '^.*/', '') as name, true as plain from unnest(targets) t where t.of_file
        union
        (select distinct t.name, query_symbols(t.name) <> '{}' from unnest(targets) t
         where not t.of_file and t.name is not null limit most_names)
    ), named as materialized (
        select w.name, versions_with(array[w.name], scope) as versions,
               case when w.plain then '\m' || e.name || '\M'
                   else '([.:`''"]' || e.name || '\M|\m' || e.name || '\()' end as pattern
        from wanted w
        cross join lateral (select regexp_replace(w.name, '([^[:alnum:]_])', '\\\1', 'g') as name) e
    ), found as (
        select f.version_id, m.role, n.name, f.content, n.pattern,
               count(*) over (partition by n.name, m.role) as files
        from named n
        join source_file f on f.version_id = any(n.versions) and f.branch_id = any(scope.branches)
        join file_version v on v.version_id = f.version_id
        cross join lateral (select mention_role(v.path, v.path_flags) as role offset 0) m
        where m.role is not null and f.content ~ n.pattern
            and v.version_id not in (select t.version_id from unnest(targets) t)
    )
    select f.version_id, (select (chunk_at(f.version_id, l.lines [1])).chunk_id), f.role, 1 / (1 + ln(f.files)),
           l.lines, 'names ' || f.name
    from found f
    cross join lateral (select array_agg(s.number::int order by s.number) as lines
        from (select s.number from string_to_table(f.content, e'\n') with ordinality as s(line, number)
              where s.line ~ f.pattern limit 20) s) l;
end
$$;
comment on function impact_mentions(impact_target [], search_scope) is
'Where documentation and configuration name what is to change.';
