-- A path glob, as people type it, as an anchored regular expression: * and ? stay inside a folder, ** crosses folders,
-- {a,b} is either, [..] is a set or, since folders are named so ([slug]), itself. A backslash is a slash, but before a
-- bracket or brace it makes that literal. ./ and trailing slashes say nothing. A glob without a slash may match in any
-- folder; one that names a folder matches all below it.
create or replace function glob_pattern(glob text) returns text
language plpgsql immutable strict parallel safe
set search_path from current
as $$
declare
    -- Stand-ins: {,} of a choice are \x01 \x02 \x03; literal braces \x04 \x05, literal brackets \x06 \x0e.
    plain text := translate(left(glob, 4000), e'\x01\x02\x03\x04\x05\x06\x0e', '???????');
    choice text;
    anchored boolean;
begin
    plain := replace(replace(replace(replace(plain, '\{', e'\x04'), '\}', e'\x05'), '\[', e'\x06'), '\]', e'\x0e');
    plain := rtrim(regexp_replace(replace(plain, '\', '/'), '/(\.?/)+', '/', 'g'), '/');
    anchored := plain ~ '/';
    plain := regexp_replace(plain, '^(\./|/)+|^\.$', '');
    -- The innermost first; one without a comma is a name.
    loop
        choice := substring(plain from '\{[^{}]*\}');
        exit when choice is null;
        plain := replace(plain, choice, case when choice ~ ',' then translate(choice, '{,}', e'\x01\x02\x03')
                                             else translate(choice, '{}', e'\x04\x05') end);
    end loop;
    if plain = '' then
        return '^';
    end if;
    return case when anchored then '^' else '(^|/)' end
        || (select string_agg(glob_piece(m.token[1]), '' order by m.place)
            from regexp_matches(plain, '\*\*/|\*+|\?|\[[!^]?\]?[^]/]*\]|.', 'g') with ordinality as m(token, place))
        || '(/.*)?$';
end
$$;
comment on function glob_pattern(text) is 'A path glob as an anchored regular expression.';
