-- Refuses arguments of pack and outline that can't be meant, each with its mend.
create or replace function check_pack(tokens int, session text default null, log boolean default true) returns void
language plpgsql immutable
as $$
begin
    if tokens is null or tokens < 1 or tokens > 1000000 then
        raise exception using errcode = 'CS001',
            message = format('tokens is %s, not between 1 and 1000000', coalesce(tokens::text, 'NULL')),
            hint = 'tokens is the room for the answer; 2000 is the default';
    elsif session is not null and (session = '' or length(session) > 200) then
        raise exception using errcode = 'CS001', message = 'session is empty or longer than 200 characters',
            hint = 'any name will do that no other session of the same role has';
    elsif session is not null and not coalesce(log, false) then
        raise exception using errcode = 'CS001', message = 'a session without a log remembers nothing',
            hint = 'leave out log => false, or the session';
    end if;
end
$$;
comment on function check_pack(int, text, boolean) is
'Refuses arguments of pack and outline that can''t be meant, each with its mend.';
