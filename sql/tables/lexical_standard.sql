-- What BM25 is measured by where more is searched than this database holds: the chunks of a level in all of it, how
-- many of them have each term of a query, and once they are known mean, deviation and the best of the candidates'
-- scores.
create type lexical_standard as (
    level smallint, chunks numeric, terms text [], frequencies numeric [], mean float8, deviation float8, best float8
);
comment on type lexical_standard is
'What BM25 is measured by where more is searched than this database holds, for the terms of one query.';
