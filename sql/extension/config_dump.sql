-- pg_dump leaves out the rows of an extension's tables unless they are registered. Two stay unregistered, because
-- restoring first creates the extension: alembic_version, which its script fills, and index_job, which the trigger of
-- source_file fills again with the files that are still to be indexed.
do $$
declare
    member regclass;
begin
    for member in
        select c.oid
        from pg_catalog.pg_extension e
        join pg_catalog.pg_depend d
            on d.refclassid = 'pg_catalog.pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'e'
        join pg_catalog.pg_class c
            on d.classid = 'pg_catalog.pg_class'::regclass and c.oid = d.objid and c.relkind in ('r', 'p', 'S')
        where e.extname = 'pgcodesearch'
            and c.relname not in ('alembic_version', 'index_job', 'index_job_job_id_seq')
            and c.oid <> all (coalesce(e.extconfig, '{}'))
        order by c.oid
    loop
        perform pg_catalog.pg_extension_config_dump(member, '');
    end loop;
end
$$;
