-- The code that a commit changed, as it stands today in some branches. By its lines, where no later commit of the
-- branch touched the file; else by the names of the definitions it changed, of which a frequent one (__init__) counts
-- where what it stands in changed too; else the file as a whole. evidence says which: lines, symbol, file.
create or replace function changed_code(commit_id bigint, branches int [], most int default 20)
returns table (chunk_id bigint, path text, symbol text, start_line int, end_line int, evidence text)
language sql stable rows 5
set search_path from current
as $$
    with files as materialized (
        select f.repository_id, f.symbols, f.lines, p.path,
               f.lines is not null and f.path = p.path and not exists (
                   select from commit_file l
                   join branch_history b on b.repository_id = l.repository_id and b.branch_id = any(branches)
                       and b.commits @> l.commit_id
                   where l.repository_id = f.repository_id and l.path = f.path and l.commit_id > f.commit_id) as exact
        from commit_file f
        cross join lateral (select present_path(f.repository_id, f.path, branches) as path offset 0) p
        where f.commit_id = changed_code.commit_id and f.status <> 'D'
        order by f.path limit most
    ), chunks as (
        select c.chunk_id, f.path, c.symbol, c.start_line, c.end_line, c.level,
               case when c.level = 1 then 'file'
                    when f.exact and f.lines && int4range(c.start_line, c.end_line, '[]') then 'lines'
                    when not f.exact and c.name <> '' and c.name = any(f.symbols)
                        and (count(*) over (partition by f.path, c.level, c.name) <= 3
                             or split_part(c.symbol, '.', -2) = any(f.symbols)) then 'symbol'
               end as evidence
        from files f
        join source_file s on s.path = f.path and s.branch_id = any(branches) and s.repository_id = f.repository_id
        join chunk c on c.version_id = s.version_id
    )
    select c.chunk_id, c.path, c.symbol, c.start_line, c.end_line, c.evidence
    from (select k.*, bool_or(k.level = 0) over (partition by k.path) as placed
          from chunks k where k.evidence is not null) c
    where c.level = 0 or not c.placed
    order by c.evidence = 'file', c.path, c.start_line, c.chunk_id
    limit most
$$;
comment on function changed_code(bigint, int [], int) is
'The code that a commit changed, as it stands today: by lines, by name, or the file as a whole.';
