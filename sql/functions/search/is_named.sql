-- Whether a symbol is what a name, in lower case, may mean: the name itself, a symbol that ends with it, or of a name
-- with more scopes than the index has ('io.Buffer.read') the symbol that it ends with.
create or replace function is_named(symbol text, name text) returns boolean
language sql immutable parallel safe
as $$
    select lower(symbol) = name or right(lower(symbol), length(name) + 1) = '.' || name
        or position('.' in symbol) > 0 and right(name, length(symbol) + 1) = '.' || lower(symbol)
$$;
comment on function is_named(text, text) is 'Whether a symbol is what a name, qualified or not, may mean.';
