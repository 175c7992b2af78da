-- Source code has characters of all languages. In another encoding the first file with one of them would stop its run,
-- and a query with one could not even be sent.
do $$
begin
    if pg_catalog.current_setting('server_encoding') <> 'UTF8' then
        raise exception using errcode = 'CS015',
            message = pg_catalog.format('the encoding of database %s is %s', pg_catalog.current_database(),
                pg_catalog.current_setting('server_encoding')),
            hint = pg_catalog.format('create another one: create database %I encoding ''UTF8'' template template0',
                pg_catalog.current_database() || '_utf8');
    end if;
end
$$;
