-- What a first pass compares of a vector, as an expression over an operand: the vector itself, or the sign of each
-- dimension. An index and the queries that it answers have to say the same.
create or replace function first_pass_key(first_pass text, dimension int, operand text) returns text
language sql immutable strict parallel safe
as $$
    select case first_pass when 'bit' then format('(binary_quantize(%1$s)::bit(%2$s))', operand, dimension)
        else operand end
$$;
comment on function first_pass_key(text, int, text) is 'What a first pass compares of a vector, as an expression.';
