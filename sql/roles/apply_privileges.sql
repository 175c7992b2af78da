-- Rights of the roles on everything above, and policies for what is new, where row-level security is in use.
do $$
begin
    perform codesearch.apply_privileges();
    if (select c.relrowsecurity from pg_catalog.pg_class c where c.oid = 'codesearch.repository'::regclass) then
        perform codesearch.enable_row_level_security();
    end if;
end
$$;
