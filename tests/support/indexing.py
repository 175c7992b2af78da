"""Files in a database without a folder on disk, chunked by the real worker; and checks that hold at any moment."""

from __future__ import annotations

import json
from typing import Any

import psycopg

from pgcodesearch.indexing import Worker
from pgcodesearch.indexing.replacement import chunked
from support.databases import Database

Connection = psycopg.Connection[Any]


def upsert(connection: Connection, path: str, content: str, repository: str = "demo") -> int:
    """Store a file through the public function; its file_id."""
    row = connection.execute(
        "select codesearch.upsert_file(%s, %s, %s)", (repository, path, content)
    ).fetchone()
    assert row is not None
    return int(row[0])


def chunk_all(database: Database) -> None:
    """Chunk everything that is queued."""
    with database.connect(autocommit=False) as connection:
        Worker(connection, stages=("chunk",)).run_until_idle()


def jobs(connection: Connection) -> list[tuple[Any, ...]]:
    """Path, state and generation of every chunk job."""
    return connection.execute(
        "select f.path, j.state, j.generation from codesearch.index_job j join codesearch.source_file f using (file_id)"
        " where j.stage = 'chunk' order by f.path"
    ).fetchall()


def replace(connection: Connection, file_id: int) -> int:
    """Chunk one file and swap its chunks, outside the queue; how many files were swapped."""
    file = connection.execute(
        "select file_id, path, content, encode(content_hash, 'hex') from codesearch.source_file where file_id = %s",
        (file_id,),
    ).fetchone()
    assert file is not None
    document = json.dumps([chunked(*file)])
    return len(connection.execute("select * from codesearch.replace_chunks(%s)", (document,)).fetchall())


def check_index(connection: Connection) -> None:
    """Every file's chunks fit its content, nothing is orphaned, and the inverted index is what a rebuild gives."""
    assert (
        connection.execute("select path from codesearch.repository_file where not is_indexed").fetchall()
        == []
    ), "files that are not indexed"
    assert (
        connection.execute(
            "select f.path from codesearch.source_file f"
            " where (select count(*) from codesearch.chunk c where c.version_id = f.version_id and c.level = 1) <> 1"
        ).fetchall()
        == []
    ), "files indexed twice, or not at all"
    assert (
        connection.execute(
            "select path from codesearch.file_version v"
            " where not exists (select from codesearch.source_file f where f.version_id = v.version_id)"
        ).fetchall()
        == []
    ), "versions that no file points to"
    check_postings(connection)


# Chunks, and commits at a level of their own.
_DOCUMENTS = (
    "(select repository_id, level, slot, lexemes, lexical_length from codesearch.chunk union all"
    " select repository_id, 2, commit_id, lexemes, lexical_length from codesearch.git_commit)"
)


def check_postings(connection: Connection) -> None:
    """Sums of the appended parts equal what refresh_lexical_index makes of the chunks, weight taken out."""
    appended = _posting_sums(connection)
    statistics = _statistics(connection)
    with connection.transaction(force_rollback=True):
        norms = connection.execute("select * from codesearch.lexical_norm order by 1, 2").fetchall()
        rebuilt = _rebuilt(connection)
        assert appended.keys() == rebuilt.keys(), _difference(appended, rebuilt)
        for key, (count, impact) in rebuilt.items():
            assert appended[key][0] == count, key
            assert abs(appended[key][1] - impact) < 1e-3 * max(1.0, count), (key, appended[key], impact)
        assert norms == connection.execute("select * from codesearch.lexical_norm order by 1, 2").fetchall()
    expected = connection.execute(
        "select repository_id, level, count(*), round(sum(lexical_length::float8)::numeric, 1)"
        f" from {_DOCUMENTS} d group by 1, 2 order by 1, 2"
    ).fetchall()
    assert statistics == expected, "chunk counts and lengths"


def _posting_sums(connection: Connection) -> dict[tuple[Any, ...], tuple[int, float]]:
    """By repository, level, term and block: chunks, and the sum of their impacts."""
    rows = connection.execute(
        "select repository_id, level, term, block, sum(chunk_count), sum(-(impacts <#> o.ones) / weight)"
        " from codesearch.posting, (select ('{' || string_agg(i || ':1', ',') || '}/8192')::sparsevec as ones"
        " from generate_series(1, 8192) i offset 0) o group by 1, 2, 3, 4"
    ).fetchall()
    return {tuple(row[:4]): (row[4], row[5]) for row in rows if row[4] or abs(row[5]) > 1e-3}


def _rebuilt(connection: Connection) -> dict[tuple[Any, ...], tuple[int, float]]:
    """The same sums from the chunks, with the average length that is in force."""
    rows = connection.execute(
        "select c.repository_id, c.level, t.term, (c.slot / 8192)::int, count(*),"
        " sum(t.frequency / (t.frequency + codesearch.setting_number('lexical.k1')"
        " * (1 - codesearch.setting_number('lexical.b')"
        " + codesearch.setting_number('lexical.b') * c.lexical_length / n.average_length)))"
        f" from {_DOCUMENTS} c"
        " join codesearch.lexical_norm n on n.repository_id = c.repository_id and n.level = c.level,"
        " codesearch.term_weights(c.lexemes, n.field_weights) t where t.frequency > 0 group by 1, 2, 3, 4"
    ).fetchall()
    return {tuple(row[:4]): (row[4], row[5]) for row in rows}


def _statistics(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "select repository_id, level, sum(chunk_count), round(sum(total_length)::numeric, 1)"
        " from codesearch.lexical_statistic group by 1, 2 having sum(chunk_count) <> 0 order by 1, 2"
    ).fetchall()


def _difference(one: dict[Any, Any], other: dict[Any, Any]) -> str:
    return f"only appended: {sorted(one.keys() - other.keys())[:5]}, missing: {sorted(other.keys() - one.keys())[:5]}"
