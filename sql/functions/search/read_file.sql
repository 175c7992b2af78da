-- Lines of a file as it is stored, for a place that was found by its path. Runs as the caller. address is what a search
-- calls its repository: 'name', or 'name@branch'. is_current is false while a change of the file waits for a worker:
-- searches don't find these lines yet.
create or replace function read_file(
    path text, repository text default null, from_line int default 1, to_line int default null
)
returns table (
    address text, language text, first_line int, last_line int, total_lines int, content text, is_current boolean
)
language plpgsql stable rows 1
set search_path from current
as $$
#variable_conflict use_column
declare
    scope search_scope := scope_of(read_file.repository);
    wanted text := regexp_replace(read_file.path, '^(\./)+', '');
    file record;
    lines text [];
begin
    select f.content, v.language, (v.path, v.content_hash) is not distinct from (f.path, f.content_hash) as is_indexed,
           r.name || case when b.is_default then '' else '@' || b.name end as address, count(*) over () as found,
           string_agg(r.name, ', ') over (order by r.name rows between unbounded preceding and unbounded following)
               as names
    into file
    from source_file f
    join branch b on b.branch_id = f.branch_id
    join repository r on r.repository_id = f.repository_id
    left join file_version v on v.version_id = f.version_id
    where f.branch_id = any(scope.branches) and f.path = wanted limit 1;
    if not found then
        raise exception using errcode = 'CS009',
            message = format('there is no file %L in %s', read_file.path,
                coalesce(read_file.repository, 'any repository')),
            hint = coalesce('did you mean ' || (select string_agg(n.path, ', ') from (
                select f.path from source_file f where f.branch_id = any(scope.branches)
                    and starts_with(reverse(f.path), reverse(regexp_replace(wanted, '^.*/', '')))
                order by f.path limit 5) n), 'paths are relative to the folder that was indexed');
    elsif file.found > 1 then
        raise exception using errcode = 'CS001',
            message = format('%s repositories have a file %L', file.found, read_file.path),
            hint = 'repository => one of ' || left(file.names, 400);
    end if;
    lines := string_to_array(file.content, e'\n');
    if coalesce(from_line, 1) < 1 or coalesce(from_line, 1) > cardinality(lines) or to_line < coalesce(from_line, 1)
    then
        raise exception using errcode = 'CS001',
            message = format('lines %s to %s are not in %s', from_line, coalesce(to_line::text, 'the end'), wanted),
            hint = format('it has the lines 1 to %s', cardinality(lines));
    end if;
    return query
    select file.address, file.language, coalesce(from_line, 1), least(to_line, cardinality(lines)), cardinality(lines),
        array_to_string(lines[coalesce(from_line, 1):least(to_line, cardinality(lines))], e'\n'), file.is_indexed;
end
$$;
comment on function read_file(text, text, int, int) is 'Lines of a file as it is stored.';
