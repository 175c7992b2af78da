-- What the schema's functions, triggers, views, rights and policies are, as one hash: init compares it with the one it
-- left, and has nothing to do where they are the same. Without the tables of model versions, which come and go, and
-- what other commands install. Reads catalogs alone: it takes no lock on a table.
create or replace function schema_state() returns text
language sql stable
set search_path from current
as $$
    select md5(string_agg(o.object, e'\n' order by o.object collate "C"))
    from (select concat_ws(' ', 'function', p.proname, pg_get_function_identity_arguments(p.oid), md5(p.prosrc),
        p.proconfig::text,
                           p.provolatile, p.prosecdef, p.proowner::regrole, p.proacl::text) as object
          from pg_proc p where p.pronamespace = 'codesearch'::regnamespace and p.proname <> 'embed_in_server'
          union all
          select concat_ws(' ', 'relation', c.relname, c.relkind, c.relowner::regrole, c.relacl::text, c.relrowsecurity,
                           (select md5(string_agg(w.ev_action::text, ' ')) from pg_rewrite w where w.ev_class = c.oid),
                           (select string_agg(a.attname || a.attacl::text, ' ' order by a.attnum) from pg_attribute a
                            where a.attrelid = c.oid and a.attacl is not null))
          from pg_class c
          where c.relnamespace = 'codesearch'::regnamespace and c.relkind in ('r', 'p', 'v', 'S')
              and c.relname !~ '^embedding_[0-9]+$'
          union all
          select concat_ws(' ', 'trigger', c.relname, t.tgname, t.tgenabled, t.tgfoid::regproc, t.tgtype,
                           t.tgattr::text, t.tgoldtable, t.tgnewtable, md5(t.tgqual::text))
          from pg_trigger t join pg_class c on c.oid = t.tgrelid
          where c.relnamespace = 'codesearch'::regnamespace and not t.tgisinternal
          union all
          select concat_ws(' ', 'policy', c.relname, p.polname, p.polroles::regrole []::text, md5(p.polqual::text),
                           md5(p.polwithcheck::text))
          from pg_policy p join pg_class c on c.oid = p.polrelid
          where c.relnamespace = 'codesearch'::regnamespace and c.relname !~ '^embedding_[0-9]+$'
          union all
          select concat_ws(' ', 'role', r.rolname, m.member::regrole)
          from pg_roles r left join pg_auth_members m on m.roleid = r.oid
              and m.member::regrole::text like 'codesearch\_%'
          where r.rolname in ('codesearch_reader', 'codesearch_writer', 'codesearch_admin')
          union all
          select concat_ws(' ', 'schema', n.nspowner::regrole, n.nspacl::text) from pg_namespace n
              where n.nspname = 'codesearch') o
$$;
comment on function schema_state() is
'What the schema''s functions, triggers, views, rights and policies are, as one hash.';
