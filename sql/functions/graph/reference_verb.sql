-- What a reference does with a name, as a sentence says it.
create or replace function reference_verb(kind text) returns text
language sql immutable parallel safe
as $$
    select case kind when 'call' then 'calls' when 'import' then 'imports' when 'inherits' then 'inherits from'
        when 'use' then 'uses' when 'implementation' then 'implements' else 'defines' end
$$;
comment on function reference_verb(text) is 'What a reference does with a name, as a sentence says it.';
