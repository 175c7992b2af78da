-- How files stand to those that the caller has seen: by folder, by name, and in both directions by imports and calls.
-- The one place that reads the code graph for a context. Names that several of the files define say nothing and are
-- left out. The file in hand comes first in seen, and counts twice what the others do. No row for a file that was seen.
create or replace function context_relations(seen bigint [], versions bigint [])
returns table (
    version_id bigint, same_folder real, named_alike real, test_of real, test_too real, imports real, called real,
    calls real
)
language plpgsql stable rows 100
set search_path from current
as $$
#variable_conflict use_column
begin
    if seen = '{}' then
        return;
    end if;
    return query
    with file as materialized (
        select v.version_id, v.repository_id, array_position(seen, v.version_id) as place,
               regexp_replace(v.path, '/?[^/]*$', '') as folder,
               array(select s from unnest(m.name_stems) s where s <> all('{test,spec,tests,specs}')) as stems,
               import_names(m.imports) as imports,
               -- What an import of it says last: its name, or its folder's.
               lower(case when v.path_flags && '{entry}' then '' else m.name end) as name,
               lower(substring(v.path from '([^/]+)/[^/]*$')) as folder_name,
               v.path_flags && '{entry}' or v.language = 'go' as by_folder, v.path_flags && '{test}' as is_test
        from file_version v
        left join lateral (select x.name, x.name_stems, x.imports from chunk x
            where x.version_id = v.version_id and x.level = 1 limit 1) m on true
        where v.version_id = any(seen || versions)
    ), definition as materialized (
        select c.repository_id, c.name, min(c.version_id) as version_id
        from chunk c
        where c.version_id = any(seen || versions) and c.level = 0 and c.name <> '' and c.kind <> 'block'
        group by c.repository_id, c.name having min(c.version_id) = max(c.version_id)
    ), mention as materialized (
        select distinct c.version_id, c.repository_id, u.name
        from chunk c
        cross join lateral (select k.name from chunk_reference k where k.chunk_id = c.chunk_id and k.kind = 'call'
                            union all select i from unnest(c.imports) i) u(name)
        where c.version_id = any(seen || versions) and c.level = 0
    ), link as (
        select u.version_id as user_id, d.version_id as used_id, count(*) as names
        from mention u join definition d on d.name = u.name and d.repository_id = u.repository_id
        where u.version_id <> d.version_id
          and (u.version_id = any(seen) and d.version_id = any(versions)
               or d.version_id = any(seen) and u.version_id = any(versions))
        group by u.version_id, d.version_id
    ), pair as (
        select f.version_id, case when s.place = 1 then 1.0 else 0.5 end as weight,
               (f.folder = s.folder)::int as same_folder,
               case when f.stems && s.stems then common_words(f.stems, s.stems)::real
                   / greatest(cardinality(f.stems), cardinality(s.stems)) else 0 end as named_alike,
               f.is_test <> s.is_test as one_tests, f.is_test and s.is_test as both_test,
               coalesce((f.name = any(s.imports) or f.by_folder and f.folder_name = any(s.imports)
                   or s.name = any(f.imports) or s.by_folder and s.folder_name = any(f.imports))::int, 0) as imports,
               coalesce((select l.names from link l where l.user_id = s.version_id and l.used_id = f.version_id), 0)
                   as called,
               coalesce((select l.names from link l where l.user_id = f.version_id and l.used_id = s.version_id), 0)
                   as calls
        from file f
        join file s on s.repository_id = f.repository_id and s.place is not null
        where f.version_id = any(versions) and f.place is null
    )
    select p.version_id, max(p.weight * p.same_folder)::real, max(p.weight * p.named_alike)::real,
           max(p.weight * p.named_alike * p.one_tests::int)::real,
           max(p.weight * p.both_test::int)::real, max(p.weight * p.imports)::real,
           ln(1 + sum(p.weight * p.called))::real, ln(1 + sum(p.weight * p.calls))::real
    from pair p group by p.version_id;
end
$$;
comment on function context_relations(bigint [], bigint []) is
'How files stand to those that the caller has seen: by folder, name, imports and calls.';
