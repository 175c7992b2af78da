-- Refuses a budget of search_hops that can't be meant, each with its mend.
create or replace function check_hops(hops int, max_chunks int, milliseconds int) returns void
language plpgsql immutable
set search_path from current
as $$
begin
    if hops is null or hops not between 0 and 5 then
        raise exception using errcode = 'CS001',
            message = format('hops is %s, not between 0 and 5', coalesce(hops::text, 'NULL')),
            hint = 'hops is how many steps are followed from what the question finds; 2 is the default';
    elsif max_chunks is null or max_chunks not between 1 and 10000 then
        raise exception using errcode = 'CS001',
            message = format('max_chunks is %s, not between 1 and 10000', coalesce(max_chunks::text, 'NULL')),
            hint = 'max_chunks is how many chunks are looked at beside those that the question finds';
    elsif milliseconds is null or milliseconds not between 1 and 600000 then
        raise exception using errcode = 'CS001',
            message = format('milliseconds is %s, not between 1 and 600000', coalesce(milliseconds::text, 'NULL')),
            hint = 'milliseconds is the time after which no further hop is begun';
    end if;
end
$$;
comment on function check_hops(int, int, int) is
'Refuses a budget of search_hops that can''t be meant, each with its mend.';
