-- Shows every role only the repositories it was granted (grant_repository) and the queries it asked. The owner of the
-- tables and superusers still see everything. Policies are made here because CREATE EXTENSION scripts can't hold
-- them; later embedding tables and the tables of later versions get theirs by themselves. Run by the owner.
create or replace function enable_row_level_security() returns int
language plpgsql volatile
set search_path from current
as $$
declare
    wanted regclass [] := array(select c.oid from pg_class c
                                where c.relnamespace = 'codesearch'::regnamespace and c.relkind in ('r', 'p')
                                    order by c.relname);
    item regclass;
    protected int := 0;
begin
    perform lock_tables();
    -- What terms weigh over all repositories would tell each of the others: the index is folded anew without it.
    if exists (select from shared_idf) then
        delete from shared_idf;
        update lexical_norm set refreshed_at = '-infinity';
    end if;
    foreach item in array wanted loop
        protected := protected + protect_table(item)::int;
    end loop;
    insert into row_level_security select where not exists (select from row_level_security);
    return protected;
end
$$;
comment on function enable_row_level_security() is
'Shows every role only the repositories it was granted and the queries it asked; '
'returns how many tables are protected.';
revoke all on function enable_row_level_security() from public;
