"""Judged queries, runs and results in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from pgcodesearch.database.errors import CodeSearchError, InvalidArgument
from pgcodesearch.database.rows import Connection, one_row
from pgcodesearch.evaluating.judgments import JudgedQuery, Judgment


class UnknownQuerySet(CodeSearchError):
    """no such set of judged queries"""

    default_hint = "list the sets with: pgcodesearch eval list; add one with: pgcodesearch eval import FILE"


class UnknownRun(CodeSearchError):
    """no such evaluation run"""

    default_hint = "list the runs with: pgcodesearch eval list"


def save_queries(
    connection: Connection, query_set: str, queries: Sequence[JudgedQuery], *, replace: bool = False
) -> None:
    """Store judged queries in one transaction: a query of the same id is replaced, with ``replace`` the whole set.

    Raises InvalidArgument for an empty name.
    """
    if not query_set.strip():
        raise InvalidArgument("the name of a set of judged queries is empty")
    keys = [q.key for q in queries]
    with connection.transaction(), connection.cursor() as cursor:
        if replace:
            cursor.execute("delete from codesearch.judged_query where query_set = %s", [query_set])
        else:
            cursor.execute(
                "delete from codesearch.judged_query where query_set = %s and query_key = any(%s)",
                [query_set, keys],
            )
        cursor.executemany(
            "insert into codesearch.judged_query (query_set, query_key, repository, language, category, query)"
            " values (%s, %s, %s, %s, %s, %s)",
            [(query_set, q.key, q.repository, q.language, q.category, q.query) for q in queries],
        )
        cursor.executemany(
            "insert into codesearch.judgment (query_set, query_key, path, symbol, start_line, end_line, grade)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            [
                (query_set, q.key, j.path, j.symbol, j.start_line, j.end_line, j.grade)
                for q in queries
                for j in q.judgments
            ],
        )


def load_queries(connection: Connection, query_set: str, repository: str | None = None) -> list[JudgedQuery]:
    """A set's judged queries by id, one repository's if named. Raises UnknownQuerySet when there are none."""
    rows = connection.execute(
        "select query_key, query, repository, language, category from codesearch.judged_query"
        " where query_set = %s and (%s::text is null or repository = %s) order by query_key",
        [query_set, repository, repository],
    ).fetchall()
    if not rows:
        of = f" for repository {repository!r}" if repository else ""
        raise UnknownQuerySet(f"no judged queries in set {query_set!r}{of}")
    judgments: dict[str, list[Judgment]] = {}
    for key, path, start, end, grade, symbol in connection.execute(
        "select query_key, path, start_line, end_line, grade, symbol from codesearch.judgment"
        " where query_set = %s order by query_key, grade desc, path, start_line",
        [query_set],
    ):
        judgments.setdefault(key, []).append(Judgment(path, start, end, grade, symbol))
    return [
        JudgedQuery(key, query, repo, language, category, tuple(judgments.get(key, ())))
        for key, query, repo, language, category in rows
    ]


def settings_in_force(connection: Connection, model: str | None) -> dict[str, Any]:
    """All settings by name as search has them with this model version."""
    row = one_row(
        connection,
        "select codesearch.current_settings("
        "(select model_version_id from codesearch.model_version where name = %s))",
        [model],
    )
    return dict(row[0])


def active_model(connection: Connection) -> str | None:
    """The name of the model version that answers queries, None before there is one."""
    row = connection.execute("select name from codesearch.model_version where status = 'active'").fetchone()
    return str(row[0]) if row else None


def start_run(
    connection: Connection, *, query_set: str, model: str | None, mode: str, k: int, note: str | None
) -> int:
    """Record that a run begins, with the settings in force; its id."""
    settings = settings_in_force(connection, model)
    row = one_row(
        connection,
        "insert into codesearch.evaluation_run (query_set, model, mode, k, settings, note)"
        " values (%s, %s, %s, %s, %s, %s) returning run_id",
        [query_set, model, mode, k, Jsonb(settings), note],
    )
    return int(row[0])


def finish_run(
    connection: Connection, run_id: int, metrics: dict[str, Any], rows: Sequence[dict[str, Any]]
) -> None:
    """Store a run's results and means together: a run with metrics is complete."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "insert into codesearch.evaluation_result (run_id, query_key, repository, language, category,"
            " first_rank, metrics, results, latency_ms) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (run_id, r["id"], r["repository"], r["language"], r["category"], r["metrics"].get("first_rank"),
                 Jsonb(r["metrics"]), Jsonb(r["results"]), r["latency_ms"])
                for r in rows
            ],
        )  # fmt: skip
        cursor.execute(
            "update codesearch.evaluation_run set metrics = %s, finished_at = now() where run_id = %s",
            [Jsonb(metrics), run_id],
        )


def load_run(connection: Connection, run_id: int | None = None) -> dict[str, Any]:
    """A complete run with its results by query id; the newest without an id. Raises UnknownRun."""
    with connection.cursor(row_factory=dict_row) as cursor:
        run = cursor.execute(
            "select run_id, query_set, started_at, finished_at, model, mode, k, note, settings, metrics"
            " from codesearch.evaluation_run where metrics is not null and (%s::bigint is null or run_id = %s)"
            " order by run_id desc limit 1",
            [run_id, run_id],
        ).fetchone()
        if run is None:
            raise UnknownRun(
                f"no complete evaluation run {run_id}" if run_id else "no complete evaluation run yet"
            )
        run["results"] = cursor.execute(
            "select query_key as id, repository, language, category, metrics, results, latency_ms"
            " from codesearch.evaluation_result where run_id = %s order by query_key",
            [run["run_id"]],
        ).fetchall()
        return run


def list_sets(connection: Connection) -> list[dict[str, Any]]:
    """Sets of judged queries: how many queries, how many of them without an answer, which repositories."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select query_set, queries, no_answer, repositories from codesearch.judged_set order by query_set"
        ).fetchall()


def list_runs(connection: Connection, limit: int = 20) -> list[dict[str, Any]]:
    """The newest complete runs with their headline numbers."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select * from codesearch.evaluation_summary order by run_id desc limit %s", [limit]
        ).fetchall()


def file_lines(connection: Connection, repository: str | None, path: str) -> list[str] | None:
    """The lines of an indexed file, None where it is not indexed (or no repository is named)."""
    row = connection.execute(
        "select f.content from codesearch.find_branch(%s) b join codesearch.source_file f using (branch_id)"
        " where f.path = %s",
        [repository, path],
    ).fetchone()
    return str(row[0]).split("\n") if row else None
