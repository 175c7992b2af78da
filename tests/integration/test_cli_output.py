"""What commands print: within a terminal's width, bounded, and no more than is known."""

import itertools

import pytest
from click.testing import CliRunner

from pgcodesearch.cli import _progress, main
from pgcodesearch.indexing import Worker
from support.databases import fresh_database


@pytest.fixture(scope="module")
def database(server_url):
    with fresh_database(server_url) as made:
        with made.connect(autocommit=False) as connection:
            upsert = "select codesearch.upsert_file('a-repository', %s, %s)"
            connection.execute(
                upsert, ("long.js", "function long_line() { return '" + "x" * 500_000 + "'; }\n")
            )
            connection.execute(
                upsert,
                (
                    "many.py",
                    "def many_lines():\n" + "".join(f"    step({n}, '{'y' * 250}')\n" for n in range(400)),
                ),
            )
            connection.execute(upsert, ("a.py", "def keep_me():\n    return 1\n"))
            Worker(connection, stages=("chunk",)).run_until_idle()
            connection.execute(
                "update codesearch.branch set indexed_at = '2026-03-04 05:06+00', indexed_commit = repeat('a', 40)"
            )
            connection.commit()
        yield made


def _call(database, *arguments):
    return CliRunner().invoke(main, ["--database", database.url, *arguments], env={"COLUMNS": "80"})


@pytest.mark.parametrize("query", ["long_line", "many_lines"])
def test_snippets_are_bounded(database, query):
    for call in ("search", "explain"):
        column = "snippet" if call == "search" else "highlighted"
        rows = database.rows(f"select {column} from codesearch.{call}('{query}', mode => 'lexical', k => 1)")
        assert 0 < len(rows[0][0]) <= 4200, "the marks of highlighting are not counted"
        assert max(map(len, rows[0][0].split("\n"))) <= 310
    assert len(_call(database, "search", query, "--no-log", "--mode", "lexical", "-k", "1").output) < 5000


def test_the_bounds_of_snippets_are_settings(database):
    with database.connect(autocommit=False) as connection:
        connection.execute("select codesearch.change_setting('search.snippet_characters', '50'),"
                           " codesearch.change_setting('search.snippet_line_characters', '20')")  # fmt: skip
        snippet = connection.execute(
            "select codesearch.snippet(repeat(repeat('z', 100) || e'\\n', 9), 1, null)"
        )
        assert snippet.fetchone()[0] == "\n".join(["z" * 20 + "…"] * 3)[:50]
        connection.rollback()


def test_a_search_claims_no_more_than_it_knows(database):
    """Files on disk may have changed or gone since."""
    output = _call(database, "search", "keep_me", "--no-log", "--mode", "lexical").output
    assert "up to date" not in output
    assert "indexed 2026-03-04" in output


def test_an_empty_answer_names_its_filters(database):
    for command in ("search", "explain"):
        output = _call(
            database, command, "keep_me", "--mode", "lexical", "--path", "*.rs", "--kind", "function"
        ).output
        assert "no results: nothing passes --path *.rs --kind function" in output


def test_status_fits_80_columns(database):
    output = _call(database, "status").output
    (heading,) = [line for line in output.splitlines() if line.startswith("repository")]
    (row,) = [line for line in output.splitlines() if line.startswith("a-repository")]
    assert heading.split() == [
        "repository",
        "files",
        "chunks",
        "pending",
        "failed",
        "skipped",
        "vectors",
        "indexed",
        "commit",
    ]
    assert max(len(heading), len(row)) <= 80
    assert "aaaaaaa" in row


def test_progress_without_a_terminal_is_a_line_in_ten_seconds(monkeypatch, capsys):
    seconds = itertools.count()
    monkeypatch.setattr(_progress.time, "monotonic", lambda: next(seconds))
    with _progress.make_progress(True) as progress:
        for done in range(100):
            progress.advance("chunk", done, 100)
    assert len(capsys.readouterr().err.splitlines()) <= 10
