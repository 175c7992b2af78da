-- A type of its own, because every function of a search passes it on.
create type search_scope as (repositories int [], branches int [], everything boolean);
comment on type search_scope is
'What a search is over: the repositories whose statistics count, a branch of each, and whether that is all there is.';
