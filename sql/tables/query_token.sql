-- What a query table looks up; see query_tokens() for how a query becomes tokens.
create table query_token (
    model_version_id int not null references query_table on delete cascade,
    token text collate "C" not null,
    embedding halfvec,
    primary key (model_version_id, token)
);
comment on table query_token is
'The vocabulary of a query table: the tokens, those without a vector too, and pairs of tokens with a space between.';
