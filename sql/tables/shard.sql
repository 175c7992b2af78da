-- The databases that a coordinator asks: each a whole pgcodesearch, for its repositories. Empty everywhere else.
create table shard (
    shard_number int primary key check (shard_number between 0 and 1023),
    name text not null unique check (name <> '' and length(name) <= 100),
    database_url text not null,
    added_at timestamptz not null default now()
);
comment on table shard is 'The shards of a coordinator, by the numbers that PL/Proxy knows them by.';
comment on column shard.database_url is
'How libpq connects to it, without a password: those are in user mappings or a password file.';
