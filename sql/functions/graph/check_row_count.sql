-- Refuses a number of rows that can't be meant.
create or replace function check_row_count(k int, most int) returns void
language plpgsql stable
set search_path from current
as $$
begin
    if k is null or k < 1 or k > most then
        raise exception using errcode = 'CS001',
            message = format('k is %s, not between 1 and %s', coalesce(k::text, 'NULL'), most),
            hint = 'k is the most rows that are returned';
    end if;
end
$$;
comment on function check_row_count(int, int) is 'Refuses a number of rows that can''t be meant.';
