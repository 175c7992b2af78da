-- Refuses filters of search that no chunk can pass: unknown names would look like an empty answer.
create or replace function check_filters(kind text, language text) returns void
language plpgsql stable
set search_path from current
as $$
begin
    if kind <> all(known_kinds()) then
        raise exception using errcode = 'CS001', message = format('kind %L is not known', kind),
            hint = 'kinds: ' || array_to_string(known_kinds(), ', ');
    elsif lower(language) <> all(known_languages()) then
        raise exception using errcode = 'CS001', message = format('language %L is not known', language),
            hint = 'languages: ' || array_to_string(known_languages(), ', ');
    end if;
end
$$;
comment on function check_filters(text, text) is
'Refuses filters of search that no chunk can pass, each with its mend.';
