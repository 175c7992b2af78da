"""What the builder asks of the database: repositories, their files, and mined negatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from pgvector import HalfVector
from psycopg.rows import class_row

from pgcodesearch.database.errors import UnknownRepository
from pgcodesearch.database.rows import Connection


@dataclass(frozen=True)
class Repository:
    """An indexed repository; ``root`` is its folder where it was indexed from one."""

    name: str
    root: str | None
    files: int


@dataclass(frozen=True)
class SourceFile:
    """A stored file; ``chunks`` are its level-0 chunks as stored."""

    path: str
    language: str | None
    path_flags: list[str]
    content: str
    chunks: list[dict[str, Any]]


@dataclass(frozen=True)
class Mined:
    """A candidate of mined_negatives; ``text`` only where the verdict is ``negative``."""

    path: str
    path_flags: list[str]
    content_hash: str
    verdict: str
    text: str | None


def read_repositories(connection: Connection, globs: tuple[str, ...]) -> list[Repository]:
    """The repositories whose names match a glob, all without any, in the order of their names.

    Raises UnknownRepository where a glob matches none.
    """
    with connection.cursor(row_factory=class_row(Repository)) as cursor:
        found = cursor.execute(
            "select r.name, r.root, (select count(*) from codesearch.source_file f"
            " join codesearch.branch b using (branch_id)"
            " where f.repository_id = r.repository_id and b.is_default)::int as files"
            ' from codesearch.repository r order by r.name collate "C"'
        ).fetchall()
    for glob in globs:
        if not any(fnmatchcase(item.name, glob) for item in found):
            raise UnknownRepository(
                f"no repository is called {glob!r}", hint="pgcodesearch status lists the indexed ones"
            )
    return [item for item in found if matches(item.name, globs)]


def matches(name: str | None, globs: tuple[str, ...]) -> bool:
    """Is a repository of this name wanted?"""
    return name is not None and (not globs or any(fnmatchcase(name, glob) for glob in globs))


def read_files(
    connection: Connection, repository: str, matching: str | None = None, page: int = 200
) -> Iterator[SourceFile]:
    """A repository's files in the order of their paths, those that match a regular expression if there is one.

    Only one page of them is in memory.
    """
    after = ""
    while True:
        with connection.cursor(row_factory=class_row(SourceFile)) as cursor:
            files = cursor.execute(
                "select path, language, path_flags, content, chunks from codesearch.pair_sources(%s, %s, %s, %s)",
                (repository, after, page, matching),
            ).fetchall()
        yield from files
        if len(files) < page:
            return
        after = files[-1].path


def mine(connection: Connection, positive: int, embedding: np.ndarray, model: str, keep: int) -> list[Mined]:
    """The nearest of the positive's repository to a query, with what speaks against each as a negative."""
    with connection.cursor(row_factory=class_row(Mined)) as cursor:
        return cursor.execute(
            "select path, path_flags, replace(content_hash::text, '-', '') as content_hash, verdict, text"
            " from codesearch.mined_negatives(%s, %s, %s, keep => %s)",
            (positive, HalfVector(embedding).to_text(), model, keep),
        ).fetchall()
