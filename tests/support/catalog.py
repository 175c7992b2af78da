"""A listing of everything in schema codesearch, for comparing two ways of installing it."""

from __future__ import annotations

from typing import Any

import psycopg

# Each query gives (kind, name, definition). Definitions are the server's own spelling, so two databases on one server
# can be compared word by word. Objects are named, never numbered: oids differ. A role granted by its owner to itself,
# and membership in an extension, are what the two ways differ in, and are left out.
_QUERIES = {
    "relation": """
        select c.relname, concat_ws(' ', c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
                                    c.reloptions::text, c.relispartition)
        from pg_class c
        where c.relnamespace = 'codesearch'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S', 'c')
    """,
    "column": """
        select c.relname || '.' || a.attname,
               concat_ws(' ', row_number() over (partition by c.oid order by a.attnum),
                         format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                         a.attgenerated, a.attstorage, coalesce(l.collname, ''), pg_get_expr(d.adbin, d.adrelid))
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        left join pg_collation l on l.oid = a.attcollation
        where c.relnamespace = 'codesearch'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'c')
            and a.attnum > 0 and not a.attisdropped
    """,
    "constraint": """
        select coalesce(c.relname, '') || '.' || n.conname, pg_get_constraintdef(n.oid)
        from pg_constraint n left join pg_class c on c.oid = n.conrelid
        where n.connamespace = 'codesearch'::regnamespace
    """,
    "index": """
        select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
        from pg_index i join pg_class c on c.oid = i.indrelid where c.relnamespace = 'codesearch'::regnamespace
    """,
    "sequence": """
        select s.seqrelid::regclass::text, concat_ws(' ', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmax)
        from pg_sequence s join pg_class c on c.oid = s.seqrelid where c.relnamespace = 'codesearch'::regnamespace
    """,
    "function": """
        select p.oid::regprocedure::text, pg_get_functiondef(p.oid)
        from pg_proc p where p.pronamespace = 'codesearch'::regnamespace and p.prokind in ('f', 'p')
    """,
    "aggregate": """
        select p.oid::regprocedure::text, concat_ws(' ', a.aggtransfn, a.aggfinalfn, a.agginitval)
        from pg_proc p join pg_aggregate a on a.aggfnoid = p.oid where p.pronamespace = 'codesearch'::regnamespace
    """,
    "trigger": """
        select c.relname || '.' || t.tgname, concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
        from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where c.relnamespace = 'codesearch'::regnamespace and not t.tgisinternal
    """,
    "view": """
        select c.relname, pg_get_viewdef(c.oid)
        from pg_class c where c.relnamespace = 'codesearch'::regnamespace and c.relkind in ('v', 'm')
    """,
    "policy": """
        select c.relname || '.' || p.polname,
               concat_ws(' ', p.polcmd, p.polpermissive, p.polroles::regrole[]::text,
                         pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
        from pg_policy p join pg_class c on c.oid = p.polrelid where c.relnamespace = 'codesearch'::regnamespace
    """,
    "text search": """
        select k.cfgname || ' ' || m.maptokentype || ' ' || m.mapseqno, concat_ws(' ', d.dictname, d.dictinitoption)
        from pg_ts_config k join pg_ts_config_map m on m.mapcfg = k.oid join pg_ts_dict d on d.oid = m.mapdict
        where k.cfgnamespace = 'codesearch'::regnamespace
    """,
    "type": """
        select t.typname, concat_ws(' ', t.typtype, t.typnotnull, t.typdefault,
                                    (select string_agg(e.enumlabel, ',' order by e.enumsortorder)
                                     from pg_enum e where e.enumtypid = t.oid))
        from pg_type t where t.typnamespace = 'codesearch'::regnamespace and t.typtype in ('d', 'e', 'r')
    """,
    "privilege": """
        select name, coalesce((select string_agg(e.grantee::regrole::text || ' ' || e.privilege_type, ', '
                                                 order by e.grantee::regrole::text, e.privilege_type)
                               from aclexplode(acl) e where e.grantee <> owner), '')
        from (select 'relation ' || c.relname as name, c.relacl as acl, c.relowner as owner
              from pg_class c where c.relnamespace = 'codesearch'::regnamespace
              union all
              select 'function ' || p.oid::regprocedure, coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner
              from pg_proc p where p.pronamespace = 'codesearch'::regnamespace
              union all
              select 'schema ' || n.nspname, n.nspacl, n.nspowner
              from pg_namespace n where n.nspname = 'codesearch') objects
    """,
    "comment": """
        select concat_ws(' ', x.type, x.identity), d.description
        from pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) x
        where x.identity like 'codesearch.%' or x.identity like '% on codesearch.%'
    """,
    "revision": "select 'alembic_version', version_num from codesearch.alembic_version",
}


def catalog(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Every object of schema codesearch as "kind name" -> definition."""
    connection.execute("select set_config('search_path', '', false)")
    listing: dict[str, str] = {}
    for kind, query in _QUERIES.items():
        for name, definition in connection.execute(query).fetchall():
            listing[f"{kind} {name}"] = str(definition)
    return listing


def differences(left: dict[str, str], right: dict[str, str]) -> list[str]:
    """What is in one listing only, or differs; readable in an assertion."""
    found = [f"only left: {name}" for name in sorted(left.keys() - right.keys())]
    found += [f"only right: {name}" for name in sorted(right.keys() - left.keys())]
    for name in sorted(left.keys() & right.keys()):
        if left[name] != right[name]:
            found.append(f"differs: {name}\n  left:  {left[name]}\n  right: {right[name]}")
    return found
