-- The roles, shared by all databases of a server: reader, writer (which reads) and admin (which does both). They can't
-- log in; grant them to those who do. Where the installing role may not create roles, it says what to run.
do $$
declare
    wanted text;
    inherited text;
begin
    foreach wanted in array array['codesearch_reader', 'codesearch_writer', 'codesearch_admin'] loop
        begin
            if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
                execute format('create role %I nologin', wanted);
            end if;
            if inherited is not null and not pg_catalog.pg_has_role(wanted, inherited, 'usage') then
                execute format('grant %I to %I', inherited, wanted);
            end if;
        exception
            when duplicate_object or unique_violation then
                null; -- another database of this server is being installed at the same moment
            when insufficient_privilege or undefined_object then
                raise warning
                    using message = format('role %s could not be created, or not be granted %s', wanted,
                        coalesce(inherited, 'anything')),
                    hint = format(
                        'as a role with CREATEROLE: create role %I nologin; %s then as the owner: '
                        'select codesearch.apply_privileges();',
                        wanted, coalesce('grant ' || inherited || ' to ' || wanted || ';', ''));
        end;
        inherited := wanted;
    end loop;
end
$$;
