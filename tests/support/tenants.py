"""Two tenants in one database, each with a repository the other must not see; and roles to look through."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from support.databases import Database, administer
from support.histories import commit_row, store_history

SECRET = "zanzibar"  # in the name, path, symbol and text of what the other tenant owns
_SHARED = "def follow_redirects(response):\n    return send(response.next)\n"
FILES = {
    "open": {
        "src/redirect.py": _SHARED,
        "src/cookies.py": "def set_cookie(jar, name):\n    jar[name] = follow_redirects(jar)\n",
        "tests/test_redirect.py": "def test_follow():\n    follow_redirects(None)\n",
    },
    f"{SECRET}-vault": {
        f"src/{SECRET}.py": f"def {SECRET}_redirects(response):\n    follow redirects cookie {SECRET}\n",
        "src/redirect.py": _SHARED,
    },
}


def fill_tenants(connection: psycopg.Connection[Any]) -> None:
    """Index both repositories with one chunk a file, embed them, and search each once as the owner."""
    connection.execute("select codesearch.add_model('tiny', 4, 16, %s)", (Jsonb({"model.onnx": "AAAA"}),))
    for repository, files in FILES.items():
        for path, content in files.items():
            connection.execute("select codesearch.upsert_file(%s, %s, %s)", (repository, path, content))
        connection.execute(
            "insert into codesearch.skipped_file (repository_id, branch_id, path, reason)"
            " select b.repository_id, b.branch_id, r.name || '.bin', 'binary'"
            " from codesearch.repository r join codesearch.branch b using (repository_id) where r.name = %s",
            (repository,),
        )
        store_history(
            connection,
            repository,
            commit_row(f"follow redirects of {repository}", *files),
            commit_row(f"keep cookies of {repository}", *files),
        )
    index_pending(connection)
    for repository in FILES:
        connection.execute("select codesearch.upsert_file(%s, 'pending.py', 'x = 1')", (repository,))
        connection.execute("select * from codesearch.search('redirects', repository => %s)", (repository,))


def index_pending(connection: psycopg.Connection[Any], *, embed: bool = True) -> None:
    """Do the work of a worker: one function a file, and vectors that depend on the text."""
    for file_id, content_hash, path, content in connection.execute(
        "select file_id, encode(content_hash, 'hex'), path, content from codesearch.repository_file"
        " join codesearch.source_file using (file_id, path, content) where not is_indexed order by path"
    ).fetchall():
        document = [{"file_id": file_id, "content_hash": content_hash, "chunks": [_chunk(path, content)]}]
        connection.execute("select count(*) from codesearch.replace_chunks(%s)", (Jsonb(document),))
    if not embed:
        return
    connection.execute(
        "select codesearch.store_embeddings(m.model_version_id, array_agg(t.chunk_id), array_agg(t.unit),"
        " array_agg(t.text_hash), array_agg(8), array_agg(8),"
        " array_agg(l2_normalize(('[1,' || length(s.text) % 7 || ',' || length(s.text) % 5 || ',1]')::halfvec)))"
        " from codesearch.chunk_text t join codesearch.stored_text s using (text_hash), codesearch.model_version m"
        " group by m.model_version_id"
    )
    connection.execute(
        "select codesearch.store_commit_embeddings(m.model_version_id, g.repository_id, array_agg(g.commit_id),"
        " array_agg(l2_normalize(('[1,' || length(g.subject) % 7 || ',1,1]')::halfvec)))"
        " from codesearch.git_commit g, codesearch.model_version m group by m.model_version_id, g.repository_id"
    )
    done = (
        "select codesearch.complete_jobs(array_agg(job_id), array_agg(generation))"
        " from codesearch.claim_jobs('w', 1000)"
    )
    while connection.execute(done).fetchone() not in ((0,), (None,)):
        pass


def _chunk(path: str, content: str) -> dict[str, Any]:
    name = content.split("(")[0].removeprefix("def ").strip()
    lines = content.count("\n")
    return {
        "level": 0, "kind": "function", "name": name, "symbol": name, "scope": "", "signature": name, "doc": "",
        "start_line": 1, "end_line": max(lines, 1), "content": content, "imports": [],
        "references": [
            {"kind": "definition", "name": name, "origin": path, "lines": [0]},
            {"kind": "call", "name": "follow_redirects", "lines": [0]},
        ],
        "texts": [{"role": "whole", "start_line": 1, "end_line": max(lines, 1), "text": f"{path}\n{content}"}],
    }  # fmt: skip


@contextmanager
def temporary_roles(url: str, *memberships: str) -> Iterator[list[str]]:
    """Login roles, one for each membership (a role's name, or '' for none), dropped afterwards."""
    names = [f"test_role_{os.getpid()}_{number}" for number in range(len(memberships))]
    for name, membership in zip(names, memberships, strict=True):
        administer(url, f"create role {name} login {f'in role {membership}' if membership else ''}")
    try:
        yield names
    finally:
        for name in names:
            administer(url, f"drop role if exists {name}")


@contextmanager
def acting_as(database: Database, role: str) -> Iterator[psycopg.Connection[Any]]:
    """An autocommit connection that has the role's rights only."""
    with database.connect() as connection:
        connection.execute(sql.SQL("set session authorization {}").format(sql.Identifier(role)))
        yield connection
