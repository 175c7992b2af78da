-- What `pgcodesearch init` left behind, so that the next one sees whether anything differs. A restored dump has it too,
-- and differs where rights or owners did not come along.
create table installation (
    code_digest text not null,
    schema_state text not null,
    installed_at timestamptz not null default now()
);
comment on table installation is
'One row: the SQL that was installed last, and what the schema''s objects were then (schema_state).';
