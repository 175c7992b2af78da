"""Repository web, and web@next, which shares files with it; what each has and finds, wherever it is stored."""

from __future__ import annotations

from typing import Any

import psycopg

from pgcodesearch.indexing import Worker
from pgcodesearch.operating.installing import install
from support.databases import Database
from support.indexing import check_index, upsert

FILES = 8
WEB = "(select repository_id from codesearch.repository where name = 'web')"
NEXT = "(select repository_id from codesearch.repository where name = 'web@next')"


def source(number: int, word: str = "plain") -> str:
    """A file with a long function, whose text has the word, and a short one that is the same for all words."""
    body = "".join(f"    step_{line} = request.header({line}, '{word}_{number}')\n" for line in range(12))
    return (
        f"def handle_{number}(request):\n{body}    return step_0\n\n\n"
        f"def helper_{number}(value):\n    return value + {number}\n"
    )


def with_branch(database: Database) -> Database:
    """The database with web, indexed, and web@next, which shares all its files."""
    install(database.url)
    with database.connect() as connection:
        for number in range(FILES):
            upsert(connection, f"src/f{number}.py", source(number), "web")
        connection.execute("select codesearch.ensure_repository('web@next')")
        work(database)
        assert share(connection) == FILES
    return database


def share(connection: psycopg.Connection[Any], repository: str = "web@next", base: str = "web") -> int:
    """Share a repository with a base; how many files are shared."""
    row = connection.execute("select codesearch.share_repository(%s, %s)", (repository, base)).fetchone()
    assert row is not None
    return int(row[0])


def work(database: Database) -> None:
    """Chunk and embed all that is queued."""
    with database.connect(autocommit=False) as connection:
        Worker(connection).run_until_idle()


def files_of(database: Database, repository: str = "web@next") -> dict[str, str]:
    """The repository's files by path."""
    query = "select path, content from codesearch.repository_file where repository = %s"
    return dict(database.rows(query, (repository,)))


def owned_by(database: Database, repository: str = "web@next") -> set[str]:
    """The paths of files that have a content of their own."""
    query = "select path from codesearch.repository_file where repository = %s and not shared"
    return {path for (path,) in database.rows(query, (repository,))}


def found_in(
    database: Database, query: str, repository: str = "web@next", mode: str = "hybrid", **filters: str
) -> list[tuple[Any, ...]]:
    """Path, symbol and repository of what a search shows."""
    vector = database.value("select min(embedding::text) from codesearch.embedding_1")
    arguments = "".join(f", {name} => '{value}'" for name, value in filters.items())
    return database.rows(
        "select path, symbol, repository from codesearch.search(%s, 100, repository => %s, mode => %s,"
        f" query_embedding => %s::halfvec, log => false{arguments})",
        (query, repository, mode, vector),
    )


def chunks_of(database: Database, repository: str = "web@next") -> list[tuple[Any, ...]]:
    """Every chunk of the repository with its texts and calls, wherever it is stored."""
    return database.rows(
        "select f.path, c.level, c.kind, c.symbol, c.start_line, c.content, c.lexemes::text,"
        " array(select t.text_hash::text from codesearch.chunk_text t where t.chunk_id = c.chunk_id order by t.unit),"
        " array(select k.name from codesearch.chunk_call k where k.chunk_id = c.chunk_id order by 1)"
        " from codesearch.repository_file f join codesearch.chunk c on c.file_id = f.stored_file_id"
        " where f.repository = %s order by 1, 2, 5, 4",
        (repository,),
    )


def check(database: Database) -> None:
    """All is indexed and right, and nothing is owed."""
    with database.connect() as connection:
        check_index(connection)
    assert database.value("select count(*) from codesearch.index_job") == 0
    assert database.rows("select repository from codesearch.index_status where vector_coverage < 1") == []
