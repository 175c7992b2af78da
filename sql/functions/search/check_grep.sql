-- Refuses arguments of grep that can't be meant, each with its mend. A pattern is compiled here, so that a wrong one is
-- an error whatever files there are.
create or replace function check_grep(pattern text, k int, literal boolean, after jsonb, seconds float8) returns void
language plpgsql stable
set search_path from current
as $$
declare
    longest int := setting_number('query.max_length');
    most int := setting_number('search.max_results');
begin
    if coalesce(pattern, '') = '' then
        raise exception using errcode = 'CS001', message = 'the pattern is empty',
            hint = 'look for a text (literal => true) or for a regular expression, like ''redirect\w*''';
    elsif length(pattern) > longest then
        raise exception using errcode = 'CS004',
            message = format('the pattern has %s characters, at most %s are looked for', length(pattern), longest),
            hint = 'look for a part of it; to find code like a given piece use codesearch.find_similar';
    elsif k is null or k < 1 or k > most then
        raise exception using errcode = 'CS001',
            message = format('k is %s, not between 1 and %s', coalesce(k::text, 'NULL'), most),
            hint = 'k is the number of occurrences of a page; next_page leads to the next one';
    elsif seconds is not null and not (seconds > 0 and seconds <= 86400) then
        raise exception using errcode = 'CS001', message = format('seconds is %s, not above 0 and to 86400', seconds),
            hint = 'seconds is how long to look; setting grep.seconds is the default';
    elsif after is not null and not (jsonb_typeof(after) = 'array' and jsonb_array_length(after) = 4
        and jsonb_path_match(after, '$[0].type() == "string" && $[1].type() == "string" && $[2].type() == "number"
            && $[3].type() == "number"')) then
        raise exception using errcode = 'CS001', message = format('after is %s, no place', left(after::text, 200)),
            hint = 'pass the next_page of a row of the page before';
    elsif pattern ~ '[\n\r]' or not literal and pattern ~ '(^|[^\\])(\\\\)*\\[nr]' then
        raise exception using errcode = 'CS016',
            message = 'the pattern has an end of line, and a match is within a line',
            hint = 'look for the part of it on one line; ^ and $ are the ends of a line';
    elsif not literal and pattern ~ '(^|[^\\])(\\\\)*\\b' then
        raise exception using errcode = 'CS016', message = 'in regular expressions of PostgreSQL \b is a backspace',
            hint = 'write \y for the edge of a word, \m for its beginning, \M for its end';
    end if;
    if not literal then
        begin
            perform regexp_like('', pattern);
        exception when invalid_regular_expression then
            raise exception using errcode = 'CS016', message = format('%s: %s', sqlerrm, left(pattern, 200)),
                hint = 'regular expressions are those of PostgreSQL; literal => true looks for the text as it is';
        end;
    end if;
end
$$;
comment on function check_grep(text, int, boolean, jsonb, float8) is
'Refuses arguments of grep that can''t be meant, each with its mend.';
