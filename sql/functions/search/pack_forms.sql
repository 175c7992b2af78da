-- How pack shows each of its items, given best first with what their code and their signature take: code as long as
-- there is room, then signatures; null for what has no room. A seventh is kept for signatures, but not from the best.
create or replace function pack_forms(code_tokens int [], brief_tokens int [], tokens int) returns text []
language plpgsql immutable parallel safe
as $$
declare
    room int := tokens;
    kept int := tokens / 7;
    forms text [] := array_fill(null::text, array[coalesce(cardinality(code_tokens), 0)]);
begin
    for i in 1 .. cardinality(forms) loop
        if code_tokens[i] <= room - (case when i = 1 then 0 else kept end) then
            forms[i] := 'code';
            room := room - code_tokens[i];
        end if;
    end loop;
    for i in 1 .. cardinality(forms) loop
        if forms[i] is null and brief_tokens[i] <= room then
            forms[i] := 'signature';
            room := room - brief_tokens[i];
        end if;
    end loop;
    return forms;
end
$$;
comment on function pack_forms(int [], int [], int) is
'How pack shows each of its items: as code, a signature, or not.';
