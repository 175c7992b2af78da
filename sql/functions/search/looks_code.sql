-- Whether a query is a piece of code rather than words or a name: a call, a statement, an operator.
create or replace function looks_code(query text) returns boolean
language sql immutable parallel safe strict
as $$
    select query ~ ('[;{}]|\w\s*\([^()]*\)|[=!<>:]=|[-=]>|&&|\|\||\w\[[^]]*\]'
        || '|^\s*(def|func|fn|class|import|return|var|let)\s')
$$;
comment on function looks_code(text) is 'Whether a query is a piece of code rather than words or a name.';
