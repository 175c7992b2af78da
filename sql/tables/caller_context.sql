-- A type of its own, because every function of a search passes it on.
create type caller_context as (current bigint [], recent bigint [], task text, queries text);
comment on type caller_context is
'What the caller is about: versions of its current file and of those it just had, its task in words, and what it just '
'searched for.';
