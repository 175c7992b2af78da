-- pg_dump leaves out the policies of an extension's tables. It keeps the row that says they are wanted, and loading it
-- makes them again: a restored database never shows more than the one that was dumped. Embedding tables are no part of
-- the extension, so theirs are in the dump.
create or replace function row_level_security_restore() returns trigger
language plpgsql
set search_path from current
as $$
begin
    perform protect_table(d.objid::regclass)
    from pg_depend d
    join pg_extension e on d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'e'
    join pg_class c on c.oid = d.objid and c.relkind in ('r', 'p')
    where d.classid = 'pg_class'::regclass and e.extname = 'pgcodesearch'
    order by c.relname;
    return null;
end
$$;
comment on function row_level_security_restore() is
'Makes the policies of an extension''s tables again when a dump is restored.';

create or replace trigger row_level_security_restore
after insert on row_level_security
for each statement execute function row_level_security_restore();
