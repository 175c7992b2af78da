-- Every occurrence of a text or a regular expression (PostgreSQL's, in each line) in the files as they are stored, in
-- the order of repository, path, line and column, a page at a time. Runs as the caller: row-level security holds. The
-- clock is looked at between files and between lines. When time is up, what was found is a page, and next_page says
-- where to go on; where nothing was found yet, that is an error: no rows always means that there is no occurrence.
create or replace function grep(
    pattern text, k int default 100, repository text default null, path text default null, language text default null,
    kind text default null, literal boolean default false, ignore_case boolean default false,
    after jsonb default null, seconds float8 default null
)
returns setof grep_match
language plpgsql stable rows 100
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
    limit_seconds float8 := coalesce(grep.seconds, setting_number('grep.seconds'));
    deadline timestamptz;
    scope search_scope := scope_of(grep.repository);
    file record;
    found grep_match [] := '{}';
    more grep_match [];
    go_on jsonb;
begin
    perform check_grep(grep.pattern, k, literal, after, seconds);
    perform check_filters(grep.kind, grep.language);
    deadline := clock_timestamp() + make_interval(secs => limit_seconds);
    for file in
        select * from grep_files(scope, grep.repository,
            jsonb_build_object('path', path_pattern(grep.path, scope.repositories), 'language', lower(grep.language)),
            versions_with(whole_words(grep.pattern, literal), scope), after)
    loop
        more := array(select m from grep_file(file.file_id, file.repository_id, file.shown_repository, file.version_id,
            grep.pattern, literal, ignore_case, grep.kind, after, k + 1 - cardinality(found), deadline) m);
        if clock_timestamp() > deadline then
            go_on := jsonb_build_array(file.shown_repository, file.path, 0, 0);
            exit;
        end if;
        found := found || more;
        exit when cardinality(found) > k;
    end loop;
    if go_on is not null and found = '{}' then
        raise exception using errcode = 'CS017',
            message = format('nothing was found in %s seconds, and not all was read', limit_seconds),
            detail = format('read up to %s; after => %L goes on there', file.path, go_on),
            hint = 'look in one repository or path, for a longer or plainer pattern, or longer: seconds => 60';
    elsif cardinality(found) > k then
        go_on := jsonb_build_array(found[k].repository, found[k].path, found[k].line, found[k].start_column);
    end if;
    return query
    select f.repository, f.path, f.line, f.start_column, f.line_text, f.match, f.chunk_id, f.symbol, go_on
    from unnest(found[:k]) f;
end
$$;
comment on function grep(
    text, int, text, text, text, text, boolean, boolean, jsonb, float8
) is 'Every occurrence of a text or a regular expression, in order, a page at a time.';
