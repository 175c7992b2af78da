-- Refuses a context that can't be meant, with its mend. explain is what codesearch.explain asks with.
create or replace function check_context(context jsonb) returns void
language plpgsql stable strict
set search_path from current
as $$
declare
    example constant text := '{"current_file": "src/a.py", "recent_files": ["src/b.py"], '
        '"recent_queries": ["where is a opened"], "task": "close it on errors"}';
    expected constant jsonb := '{"current_file": "string", "recent_files": "array", "recent_queries": "array",
        "task": "string", "session": "string", "symbol": "string", "explain": "boolean"}';
    most constant int := 100;
    longest int := setting_number('query.max_length');
    item record;
begin
    if jsonb_typeof(context) <> 'object' then
        raise exception using errcode = 'CS001',
            message = format('context is a JSON %s, not an object', jsonb_typeof(context)), hint = 'like ' || example;
    end if;
    for item in
        select e.key, e.value, jsonb_typeof(e.value) as given, expected ->> e.key as wanted
        from jsonb_each(context) e where jsonb_typeof(e.value) <> 'null' or not expected ? e.key
    loop
        if item.wanted is null then
            raise exception using errcode = 'CS001', message = format('context has an unknown key %I', item.key),
                hint = 'keys: current_file, recent_files, recent_queries, task, session, symbol';
        elsif item.given <> item.wanted then
            raise exception using errcode = 'CS001',
                message = format('%s of context is a JSON %s, not %s', item.key, item.given, item.wanted),
                hint = 'like ' || example;
        elsif item.given = 'string' and length(item.value #>> '{}') > longest then
            raise exception using errcode = 'CS004', message = format('%s of context has %s characters, at most %s '
                'are read', item.key, length(item.value #>> '{}'), longest), hint = 'give what matters of it';
        elsif item.given = 'array' and jsonb_array_length(item.value) > most then
            raise exception using errcode = 'CS001', message = format('%s of context has %s entries, at most %s are '
                'read', item.key, jsonb_array_length(item.value), most), hint = 'give the newest, newest first';
        elsif item.given = 'array' and exists (select from jsonb_array_elements(item.value) a
                where jsonb_typeof(a) <> 'string' or length(a #>> '{}') > longest) then
            raise exception using errcode = 'CS001',
                message = format('%s of context has an entry that is no text, or longer than %s characters',
                    item.key, longest), hint = 'like ' || example;
        end if;
    end loop;
end
$$;
comment on function check_context(jsonb) is 'Refuses a context that can''t be meant, each with its mend.';
