-- On a shard: a repository on its way to or from another one. Arriving or left, it is not searched with all others;
-- leaving or left, it is not written, so that nothing is written that the copy lacks.
create table moved_repository (
    repository text collate "C" primary key,
    repository_id int,
    state text not null check (state in ('arriving', 'leaving', 'left')),
    shard text not null,
    changed_at timestamptz not null default now()
);
comment on table moved_repository is 'Repositories on their way to or from another shard.';
comment on column moved_repository.shard is 'The name of the other shard.';
