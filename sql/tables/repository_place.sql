-- On a coordinator: which shard holds a repository.
create table repository_place (
    repository text collate "C" primary key check (repository <> ''),
    shard_number int not null references shard,
    placed_at timestamptz not null default now()
);
comment on table repository_place is
'Which shard holds a repository; a row is locked while its files are written or moved.';
create index repository_place_shard on repository_place (shard_number);
