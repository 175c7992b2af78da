-- What goes with the files of what is to change, whether or not it names anything in them: what changed in the same
-- commits, and the tests that are called as the file is.
create or replace function impact_companions(targets impact_target [], scope search_scope) returns setof impact_evidence
language plpgsql stable rows 20
set search_path from current
as $$
#variable_conflict use_column
declare
    most_files constant int := 3;
begin
    return query
    with file as materialized (
        select t.repository_id, t.version_id, t.path, max(t.confidence) as confidence
        from unnest(targets) t group by 1, 2, 3 order by 4 desc, 3 limit most_files
    ), together as (
        select s.version_id, f.confidence, c.support, f.path, round(c.support / c.confidence) as commits
        from file f
        join repository r on r.repository_id = f.repository_id
        join branch b on b.repository_id = f.repository_id and b.branch_id = any(scope.branches)
        cross join lateral changed_together(f.path, r.name || '@' || b.name, 100) c
        join source_file s on s.branch_id = b.branch_id and s.path = c.path
    )
    -- A file that changed once, with another, says less than half of what ten commits would.
    select t.version_id, null::bigint, 'history', t.confidence * t.support / (t.commits + 2), '{}'::int [],
           format('changed with %s in %s of its %s commits', t.path, t.support, t.commits)
    from together t where t.version_id not in (select f.version_id from file f)
    union all
    -- Several that are called so share it, as tests of a file named index or utils do.
    select v.version_id, null, 'test', f.confidence / count(*) over (partition by f.version_id), '{}',
           'is called as ' || f.path
    from file f
    join file_version o on o.version_id = f.version_id and not 'test' = any(o.path_flags)
    join chunk m on m.version_id = f.version_id and m.level = 1
    join file_version v on v.repository_id = f.repository_id and 'test' = any(v.path_flags)
    join chunk x on x.version_id = v.version_id and x.level = 1 and x.name_stems @> m.name_stems
    where m.name_stems <> '{}' and (select true from source_file s
        where s.version_id = v.version_id and s.branch_id = any(scope.branches) limit 1);
end
$$;
comment on function impact_companions(impact_target [], search_scope) is
'What changed together with the files of what is to change, and the tests that are called as they are.';
