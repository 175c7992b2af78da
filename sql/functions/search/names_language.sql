-- Does a query name a programming language ("python read csv", "… in go")? So do people ask who ask the web: their words are less
-- those of the code than the words of who knows the repository.
create or replace function names_language(query text) returns boolean
language sql immutable strict parallel safe
as $$
    select lower(left(query, 4000)) ~ '\m((python|java|javascript|typescript|golang|rust|ruby|php|kotlin|scala|swift|elixir|haskell|lua|bash|zig|csharp|cpp|nodejs)\M|c\+\+|c#|in (go|c)\M)'
$$;
comment on function names_language(text) is 'Does a query name a programming language?';
