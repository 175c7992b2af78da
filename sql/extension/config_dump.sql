-- pg_dump leaves out the rows of an extension's tables unless they are registered. These stay unregistered:
-- alembic_version, which the extension's script fills when a restore creates it; index_job, which the trigger of source_file
-- fills again with the files that are still to be indexed; the answers that were kept of this server's transactions; and the rows that are only locked.
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
            and c.relname not in ('alembic_version', 'index_job', 'index_job_job_id_seq', 'result_cache', 'result_cache_answer_id_seq', 'index_change', 'work_lock')
            and c.oid <> all (coalesce(e.extconfig, '{}'))
        order by c.oid
    loop
        perform pg_catalog.pg_extension_config_dump(member, '');
    end loop;
end
$$;
