-- A type of its own, because every function of a search passes it on.
create type search_scope as (
    repositories int [], branches int [], everything boolean, address text, standards lexical_standard []
);
comment on type search_scope is
'What a search is over: the repositories whose statistics count, a branch of each, whether that is all there is, and '
'the repository as it was asked for; standards are null where this database is all that is searched.';
