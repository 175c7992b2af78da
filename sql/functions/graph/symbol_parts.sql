-- The parts of a symbol as people write it: 'A.b', 'A::b', 'A#b', 'a->b', 'pkg/mod.f()'. Empty where there is no name.
create or replace function symbol_parts(symbol text) returns text []
language sql immutable strict parallel safe
as $$
    select array_remove(regexp_split_to_array(trim(both '`"'' ' from regexp_replace(symbol, '\(.*\)[[:space:]]*$', '')),
        '\.|::|->|#|\?\.|\\|/'), '')
$$;
comment on function symbol_parts(text) is 'The parts of a symbol as people write it, outermost first.';
