-- The number of a description among the texts of its chunk: below those of the whole (0) and its windows.
create or replace function description_unit(wording text) returns smallint
language sql immutable strict parallel safe
as $$
    select case wording when 'documentation' then -2 when 'formal' then -3 when 'short' then -4
        when 'query' then -5 end::smallint
$$;
comment on function description_unit(text) is 'The number of a description among the texts of its chunk.';
