-- What a question may be after, each with a strategy of its own in ask(): where a symbol is defined, used, implemented;
-- code like it; what has to change with it; when something changed; and all else, which is for search.
create or replace function intents() returns text []
language sql immutable parallel safe
as $$
    select '{definition,usages,implementation,similar,impact,history,general}'::text []
$$;
comment on function intents() is 'What a question may be after.';
