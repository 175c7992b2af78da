"""Random statements of a tenant over all that its roles may touch, and a fingerprint of what is another tenant's."""

from __future__ import annotations

import random
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]

_TABLES = """
    select c.relname, array_agg(a.attname order by a.attnum),
           array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum)
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'codesearch'::regnamespace and c.relkind in ('r', 'v') group by c.relname order by 1
"""
_FUNCTIONS = """
    select p.proname, array(select format_type(t.type, null)
                            from unnest(p.proargtypes::oid[]) with ordinality as t(type, place) order by t.place)
    from pg_proc p where p.pronamespace = 'codesearch'::regnamespace and p.prorettype <> 'trigger'::regtype
    order by p.proname, p.oid
"""


# Every mode of LOCK TABLE that somebody else's statement could wait for.
LOCK_MODES = (
    "row exclusive", "share update exclusive", "share", "share row exclusive", "exclusive", "access exclusive",
)  # fmt: skip


class Statements:
    """Statements as text, drawn by a seed. Ids, hashes and names are mostly the other tenant's."""

    def __init__(self, owner: Connection, seed: int) -> None:
        """``owner`` sees everything: what there is to aim at is read with it."""
        self._chance = random.Random(seed)
        self._tables = owner.execute(_TABLES).fetchall()
        self._functions = owner.execute(_FUNCTIONS).fetchall()
        self.aim(owner)

    def aim(self, owner: Connection) -> None:
        """Read again what there is: ids, names, roles."""
        self._ids = {
            name: [
                row[0]
                for row in owner.execute(f"select distinct {name} from codesearch.{table} limit 30").fetchall()
            ]
            for name, table in (
                ("repository_id", "repository"), ("branch_id", "branch"), ("file_id", "source_file"),
                ("version_id", "file_version"), ("chunk_id", "chunk"), ("slot", "chunk"), ("job_id", "index_job"),
                ("text_hash", "chunk_text"), ("content_hash", "chunk"), ("query_id", "query_log"),
            )
        }  # fmt: skip
        self._names = [row[0] for row in owner.execute("select name from codesearch.repository").fetchall()]
        self._paths = [
            row[0] for row in owner.execute("select distinct path from codesearch.source_file").fetchall()
        ]
        self._roles = [
            row[0]
            for row in owner.execute("select distinct role_name from codesearch.repository_access").fetchall()
        ]

    def next(self) -> str:
        """One statement."""
        draw = self._chance.random()
        if draw < 0.55:
            return self._call()
        if draw < 0.9:
            return self._change()
        return self._session()

    def _call(self) -> str:
        name, types = self._chance.choice(self._functions)
        arguments = ", ".join(f"{self._value(kind)}::{kind}" for kind in types)
        return f"select * from codesearch.{name}({arguments})"

    def _change(self) -> str:
        name, columns, kinds = self._chance.choice(self._tables)
        if self._chance.random() < 0.4:
            name = "source_file"
            columns, kinds = next((c, k) for n, c, k in self._tables if n == name)
        count = self._chance.randint(1, len(columns))
        if name == "source_file" and self._chance.random() < 0.6:
            picked = [columns.index(c) for c in ("repository_id", "branch_id", "path", "content")]
        else:
            picked = self._chance.sample(range(len(columns)), count)
        pairs = [(columns[p], self._value(kinds[p], columns[p])) for p in picked]
        values = [f"{value}::{kinds[p]}" for p, (_, value) in zip(picked, pairs, strict=True)]
        table = f"codesearch.{name}"
        draw = self._chance.random()
        if draw < 0.4:
            overriding = self._chance.choice(["", " overriding system value", " overriding user value"])
            conflict = self._chance.choice(
                ["", " on conflict do nothing", f" on conflict do nothing returning {columns[0]}",
                 " on conflict (repository_id, branch_id, path) do update set content = excluded.content"]
            )  # fmt: skip
            names = ", ".join(column for column, _ in pairs)
            return f"insert into {table} ({names}){overriding} values ({', '.join(values)}){conflict}"
        if draw < 0.7:
            changes = ", ".join(
                f"{column} = {value}" for (column, _), value in zip(pairs, values, strict=True)
            )
            return f"update {table} set {changes}{self._where(columns)}"
        if draw < 0.9:
            return f"delete from {table}{self._where(columns)}"
        return f"select * from {table}{self._where(columns)} for update"

    def _where(self, columns: list[str]) -> str:
        known = [column for column in columns if column in self._ids]
        if not known or self._chance.random() < 0.2:
            return ""
        column = self._chance.choice(known)
        return f" where {column} = {self._value('', column)}"

    def _session(self) -> str:
        name = self._chance.choice([name for name, _, _ in self._tables])
        function, types = self._chance.choice(self._functions)
        signature = f"pg_temp.{function}({', '.join(types)})"
        shadow = f"create or replace function {signature} returns int language sql as 'select 1'"
        return self._chance.choice(
            [
                f"create temporary table {name} as select * from codesearch.{name} limit 5",
                f"drop table if exists pg_temp.{name}",
                "create temporary table incoming_chunk (x int)",
                "create temporary table placed_version (file_id bigint, path text, version_id bigint)",
                shadow,
                f"set role {self._chance.choice(self._roles)}",
                "reset role",
                "set search_path = pg_temp, codesearch",
                "reset search_path",
                "set row_security = off",
                "reset row_security",
                # Two statements are a transaction, without which nothing is locked.
                f"lock table codesearch.{name} in {self._chance.choice(LOCK_MODES)} mode; select 1",
                f"truncate codesearch.{name}",
                f"select nextval('codesearch.{self._chance.choice(['chunk_slot_seq', 'posting_part_seq'])}')",
                f"copy (select * from codesearch.{name}) to stdout",
                f"comment on table codesearch.{name} is 'x'",
                "set codesearch.writes_to = '<1><2><3>'",
            ]
        )

    def _value(self, kind: str, column: str = "") -> str:
        """A literal for a type, or for a column of known values."""
        if self._chance.random() < 0.06:
            return "null"
        if column in self._ids and self._chance.random() < 0.9:
            value = self._chance.choice(self._ids[column] or [1])
            return f"'{value}'" if not isinstance(value, int) else str(value)
        if kind.endswith("[]"):
            inner = kind.removesuffix("[]")
            items = [f"{self._value(inner)}::{inner}" for _ in range(self._chance.randint(0, 3))]
            return f"array[{', '.join(items)}]" if items else "'{}'"
        base = kind.split("(")[0].strip()
        return self._plain(base.removeprefix("codesearch."))

    def _plain(self, kind: str) -> str:
        any_id = [value for values in self._ids.values() for value in values if isinstance(value, int)]
        hashes = [value for name in ("text_hash", "content_hash") for value in self._ids[name]]
        words = [*self._names, *self._paths, *self._roles, "redirects cookie", "x", "", "tiny", "hybrid", "lexical",
                 f"{self._names[0]}@topic", "binary", "postings", "maintenance"]  # fmt: skip
        choices = {
            "integer": [*self._ids["repository_id"], *self._ids["branch_id"], 0, -1, 1, 2147483647],
            "smallint": [0, 1, -1], "bigint": [*any_id, 0, -1], "real": [0, 1.5], "double precision": [0, -1, 1e308],
            "boolean": ["true", "false"], "numeric": [0, 3],
            "uuid": [f"'{value}'" for value in hashes] or ["gen_random_uuid()"],
            "halfvec": ["'[1,0,0,0]'", "'[0,0,0,0]'", "'[1,2,3,4]'", "'[1,0]'", "'[0.5,0.5,0.5,0.5]'"],
            "vector": ["'[1,0]'"], "bytea": ["''", "sha256('x')"], "interval": ["'1 hour'"], "tsvector": ["'a:1'"],
            "timestamp with time zone": ["now()", "'infinity'"], "pg_snapshot": ["pg_current_snapshot()"],
            "regclass": ["'codesearch.chunk'", "'codesearch.source_file'"],
            "search_scope": [self._scope()], "jsonb": [self._document()],
            "hit": [f"row(1, {self._one('chunk_id')}, {self._one('repository_id')}, null, 1, 1, 1, null, '{{}}')"],
            "posting_change": [f"row({self._one('repository_id')}, 0, {self._one('slot')}, 'a:1', 1, 1)"],
        }  # fmt: skip
        found = choices.get(kind)
        if found:
            return str(self._chance.choice(found))
        if kind in ("text", "name", "character varying"):
            return "'" + str(self._chance.choice(words)).replace("'", "''") + "'"
        return "null"

    def _one(self, name: str) -> Any:
        return self._chance.choice(self._ids[name] or [1])

    def _scope(self) -> str:
        repositories = ", ".join(map(str, self._ids["repository_id"]))
        branches = ", ".join(map(str, self._ids["branch_id"]))
        return f"row(array[{repositories}], array[{branches}], true)"

    def _document(self) -> str:
        path, file, name = (
            self._chance.choice(self._paths),
            self._one("file_id"),
            self._chance.choice(self._names),
        )
        chunk = (
            '{"level": 0, "kind": "function", "name": "f", "symbol": "f", "scope": "", "signature": "", "doc": "",'
            ' "start_line": 1, "end_line": 1, "content": "stolen", "texts": [{"role": "whole", "start_line": 1,'
            ' "end_line": 1, "text": "stolen"}]}'
        )
        hashes = self._chance.choice(["' || encode(content_hash, 'hex') || '", "00"])
        document = self._chance.choice(
            [
                "[]", "{}", '{"level": 0}', '{"explain": true}', f'{{"symbol": "{name}"}}',
                f'[{{"path": "{path}", "content": "x", "reason": "binary", "modified_ns": 1}}]',
                f'[{{"file_id": {file}, "content_hash": "{hashes}", "chunks": [{chunk}]}}]',
            ]
        )  # fmt: skip
        if hashes in document and hashes != "00":
            return f"(select ('{document}')::jsonb from codesearch.source_file where file_id = {file})"
        return f"'{document}'"


def fingerprint(owner: Connection, repository: int, roles: list[str]) -> dict[str, str]:
    """A hash by table of all rows of a tenant, and of what belongs to nobody; ``owner`` sees everything."""
    named = ", ".join(f"'{role}'" for role in roles)
    parts = []
    for name, columns, _ in owner.execute(_TABLES.replace("in ('r', 'v')", "= 'r'")).fetchall():
        if name in (
            "work_lock",
            "index_change",
            "result_cache",
            "query_log",
            "query_results",
        ):
            continue
        if owner.execute(
            "select relkind = 'v' from pg_class where oid = %s::regclass", (f"codesearch.{name}",)
        ).fetchone() == (True,):
            continue
        if "repository_id" in columns:
            condition = f"t.repository_id = {repository}"
        elif (
            name == "feedback_text"
        ):  # red's copy of the same code may come and go; another text may not stand for it
            condition = (
                "exists (select from codesearch.chunk c where c.content_hash = t.content_hash"
                f" and c.repository_id = {repository} and c.content <> t.text and not exists (select"
                " from codesearch.chunk_text h join codesearch.stored_text s using (text_hash)"
                " where h.chunk_id = c.chunk_id and s.text = t.text))"
            )
        elif "text_hash" in columns:
            condition = (
                "t.text_hash in (select h.text_hash from codesearch.chunk_text h"
                f" where h.repository_id = {repository})"
            )
        elif role := {"asked_by", "answered_for"} & set(columns):  # each role's own
            condition = f"t.{role.pop()} in ({named})"
        else:
            condition = "true"
        parts.append(f"select '{name}' as name, t::text as row from codesearch.{name} t where {condition}")
    parts.append(f"select 'log', t::text from codesearch.query_log t where t.asked_by in ({named})")
    return dict(
        owner.execute(
            f"select name, md5(string_agg(row, '|' order by row)) from ({' union all '.join(parts)}) x group by name"
        ).fetchall()
    )


def answers(reader: Connection) -> list[Any]:
    """What a tenant is answered, with scores, by words and by vectors."""
    return [
        reader.execute(
            "select rank, chunk_id, repository, path, round(score::numeric, 4), lexical_rank, vector_rank, snippet"
            " from codesearch.search(%s, query_embedding => %s, log => false)", (words, vector)
        ).fetchall()
        for words, vector in (("redirects cookie", "[1,2,3,1]"), ("follow_redirects", None))
    ]  # fmt: skip
