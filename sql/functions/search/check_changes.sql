-- Refuses arguments of search_changes that can't be meant, each with its mend.
create or replace function check_changes(
    query text, k int, mode text, filtered boolean, since timestamptz, until timestamptz
) returns void
language plpgsql stable
set search_path from current
as $$
declare
    most int := setting_number('search.max_results');
begin
    if query is null and not filtered then
        raise exception using errcode = 'CS001', message = 'neither a query nor a filter is given',
            hint = 'ask with words, or for what changed: '
                'search_changes(path => ''src/app.py'', since => ''2025-01-01'')';
    elsif k is null or k < 1 or k > most then
        raise exception using errcode = 'CS001',
            message = format('k is %s, not between 1 and %s', coalesce(k::text, 'NULL'), most),
            hint = 'k is the number of results; 10 is the default';
    elsif mode is null or mode not in ('hybrid', 'lexical', 'vector') then
        raise exception using errcode = 'CS001', message = format('mode %L is not known', mode),
            hint = 'modes of search_changes: hybrid, lexical, vector';
    elsif until <= since then
        raise exception using errcode = 'CS001',
            message = format('nothing is from %s on and before %s', since, until),
            hint = 'since is the earlier time; until is excluded';
    end if;
end
$$;
comment on function check_changes(text, int, text, boolean, timestamptz, timestamptz) is
'Refuses arguments of search_changes that can''t be meant, each with its mend.';
