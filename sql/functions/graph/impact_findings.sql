-- All that says that a place may have to change with what was asked for: the definitions themselves and what implements
-- or overrides them, what uses them, what names them, what goes with their files; and what fits the task in words, or
-- changed in commits that do.
create or replace function impact_findings(asked text, scope search_scope, repository text, task text)
returns setof impact_evidence
language plpgsql volatile rows 100
set search_path from current
as $$
#variable_conflict use_column
declare
    targets impact_target [] := array(select t from impact_targets(asked, scope) t);
    most_symbols constant int := 5;
    symbols text [] := array(
        select t.symbol from unnest(targets) t where not t.of_file and t.kind in ('class', 'method')
        group by t.symbol order by max(t.confidence) desc, t.symbol limit most_symbols);
    context jsonb;
begin
    return query
    select t.version_id, t.chunk_id, 'definition', t.confidence, array[t.line], 'defines ' || t.symbol
    from unnest(targets) t where not t.of_file and t.chunk_id is not null
    union all
    select c.version_id, i.chunk_id, 'implementation', i.confidence, array[i.line], 'implements ' || s.symbol
    from unnest(symbols) s(symbol)
    cross join lateral find_implementations(s.symbol, 100, repository) i
    join chunk c on c.chunk_id = i.chunk_id
    union all
    select * from impact_usages(targets, scope)
    union all
    select * from impact_mentions(targets, scope)
    union all
    select * from impact_companions(targets, scope);
    if targets = '{}' then
        return query
        select c.version_id, u.chunk_id, min(u.kind), max(u.confidence), array_agg(distinct u.line order by u.line),
               'names ' || asked
        from find_usages(asked, 200, repository) u join chunk c on c.chunk_id = u.chunk_id
        group by c.version_id, u.chunk_id;
    end if;
    if task ~ '\S' then
        context := (select jsonb_build_object('current_file', t.path) from unnest(targets) t
            order by t.confidence desc, t.path limit 1);
        return query
        select c.version_id, s.chunk_id, 'match', 1 / (1 + 0.35::float8 * (s.rank - 1)), '{}'::int [], 'fits the task'
        -- A search for more than 100 leaves no near copies out, and those have to change too.
        from search(task, 101, repository, context => context, per_file => 1, log => false) s
        join chunk c on c.chunk_id = s.chunk_id
        where s.rank <= 50
        union all
        select f.version_id, null, 'precedent', 1 / ((1 + 0.2::float8 * (g.rank - 1)) * sqrt(g.file_count)), '{}',
               format('changed in %s: %s', left(g.hash, 10), g.subject)
        from search_changes(task, 20, repository) g
        join git_commit c on c.commit_id = g.commit_id and not c.is_merge
        cross join unnest(g.paths) p(path)
        join source_file f
            on f.repository_id = c.repository_id and f.branch_id = any(scope.branches) and f.path = p.path
        where g.file_count <= setting_number('history.together_files')
            and f.version_id not in (select t.version_id from unnest(targets) t where t.of_file);
    end if;
end
$$;
comment on function impact_findings(text, search_scope, text, text) is
'All that says that a place may have to change with what was asked for.';
