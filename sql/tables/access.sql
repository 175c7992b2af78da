-- Who may see which repository once row-level security is enabled (enable_row_level_security). Roles stand here by name:
-- numbers would not survive a dump.
create table repository_access (
    repository_id int references repository on delete cascade,
    role_name name not null,
    granted_at timestamptz not null default now(),
    unique nulls not distinct (role_name, repository_id)
);
comment on table repository_access is 'Which roles may see which repositories under row-level security.';
comment on column repository_access.repository_id is 'Null grants every repository, future ones too: for workers.';

create table row_level_security (
    enabled_at timestamptz not null default now()
);
comment on table row_level_security is 'Has a row while row-level security is enabled; enable_row_level_security writes it.';
