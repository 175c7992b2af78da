-- A map of a repository in at most so many tokens: its most important definitions by their signatures, under their
-- files, the file of the most important one first. The rows' texts, one behind the other, are the map.
create or replace function outline(
    repository text, tokens int default 2000, path text default null, language text default null
)
returns setof outlined_definition
language plpgsql stable rows 100
set search_path from current
set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_variable
declare
    -- Where so many in a row have no room, the few that might have are not worth the look.
    patience constant int := 100;
    scope search_scope := scope_of(repository);
    room int := tokens;
    files text [] := '{}';
    chosen outlined_definition [] := '{}';
    refused int := 0;
    item record;
    line text;
begin
    perform check_pack(tokens);
    if repository is null then
        raise exception using errcode = 'CS001', message = 'outline is of one repository, and none is named',
            hint = 'select repository from codesearch.index_status lists those you may search';
    end if;
    perform check_filters(null, language);
    for item in
        select * from ranked_definitions(scope, jsonb_strip_nulls(jsonb_build_object('level', 0,
            'path', path_pattern(path, scope.repositories), 'language', lower(language))))
    loop
        exit when refused = patience;
        line := format(e'  %s: %s\n', item.start_line, item.signature);
        if token_count(line) + (case when item.path = any(files) then 0 else token_count(item.path || e'\n') end) > room
        then
            refused := refused + 1;
            continue;
        elsif item.path <> all(files) then
            files := files || item.path;
            room := room - token_count(item.path || e'\n');
        end if;
        room := room - token_count(line);
        refused := 0;
        chosen := chosen || row(array_position(files, item.path), repository, item.path, item.start_line, item.end_line,
            item.kind, item.symbol, item.chunk_id, item.importance, token_count(line), line, null)::outlined_definition;
    end loop;
    return query
    select (row_number() over (order by c.place, c.start_line, c.chunk_id))::int, c.repository, c.path, c.start_line,
        c.end_line, c.kind, c.symbol, c.chunk_id, c.importance,
        c.tokens + case when c.is_first then token_count(c.path || e'\n') else 0 end,
        case when c.is_first then c.path || e'\n' else '' end || c.text, tokens - room
    from (select o.*, row_number() over (partition by o.place order by o.start_line, o.chunk_id) = 1 as is_first
          from unnest(chosen) o) c
    order by 1;
end
$$;
comment on function outline(text, int, text, text) is
'A map of a repository in at most so many tokens: its most important definitions, under their files.';
