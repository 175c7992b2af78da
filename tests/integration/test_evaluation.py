"""Judged queries through the command and the database: imported, asked of the real search, kept, exported."""

import json

import pytest
from click.testing import CliRunner

from pgcodesearch.cli import main
from pgcodesearch.database import connect
from pgcodesearch.evaluating import EvaluationOptions, UnknownQuerySet, evaluate, read_judged_queries, store

FILES = {
    "net/redirects.py": "import urllib\n\n\ndef follow_redirects(response, limit=30):\n"
    '    """Ask again where the server points to."""\n    while response.is_redirect and limit:\n'
    "        response, limit = response.next(), limit - 1\n    return response\n",
    "net/cookies.py": "class CookieJar:\n    def set_cookie(self, name, value):\n        self.stored[name] = value\n\n"
    "    def clear_expired(self, now):\n        for name in list(self.stored):\n            del self.stored[name]\n",
}
REDIRECTS = {
    "path": "net/redirects.py",
    "symbol": "follow_redirects",
    "start_line": 4,
    "end_line": 8,
    "grade": 3,
}
COOKIE = {
    "path": "net/cookies.py",
    "symbol": "CookieJar.set_cookie",
    "start_line": 2,
    "end_line": 3,
    "grade": 3,
}
# One line of the function, of five.
STALE = {"path": "net/redirects.py", "start_line": 8, "end_line": 12, "grade": 3}
WRONG = {"path": "net/redirects.py", "start_line": 1, "end_line": 1, "grade": 0}


def _query(key: str, category: str, query: str, *relevant: dict) -> dict:
    about = {"id": key, "repository": "demo", "language": "python", "category": category}
    return {**about, "query": query, "relevant": list(relevant)}


QUERIES = [
    _query("a", "identifier", "follow_redirects", REDIRECTS),
    _query("b", "semantic", "store a value of a cookie", COOKIE, WRONG),
    _query("c", "no answer", "zzz qqq"),
]


def _lines(rows) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def _invoke(database, *arguments: str, **kwargs):
    return CliRunner().invoke(main, ["--database", database.url, "eval", *arguments], **kwargs)


@pytest.fixture
def indexed(installed, tmp_path):
    """A database with the shipped model and two small files, searchable in both ways."""
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(content)
    arguments = ["--database", installed.url, "index", str(tmp_path), "--repository", "demo", "--json"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    return installed


def test_import_and_export_give_back_the_same(database, tmp_path):
    file = tmp_path / "queries.jsonl"
    file.write_text(_lines(QUERIES))
    done = _invoke(database, "import", str(file), "--set", "dev", "--json")
    assert json.loads(done.output) == {"set": "dev", "queries": 3, "judgments": 3, "not_judged": 0}
    exported = _invoke(database, "export", "--set", "dev").output
    assert read_judged_queries(exported.splitlines()) == read_judged_queries(_lines(QUERIES).splitlines())
    again = tmp_path / "again.jsonl"
    assert _invoke(database, "export", "--set", "dev", "--output", str(again)).exit_code == 0
    assert again.read_text() == exported


def test_import_replaces_the_same_id_and_with_replace_the_set(database):
    _invoke(database, "import", "-", "--set", "dev", input=_lines(QUERIES))
    changed = {**QUERIES[0], "query": "another", "relevant": []}
    _invoke(database, "import", "-", "--set", "dev", input=_lines([changed]))
    with connect(database.url) as connection:
        queries = {q.key: q for q in store.load_queries(connection, "dev")}
        assert (len(queries), queries["a"].query, queries["a"].judgments) == (3, "another", ())
    _invoke(database, "import", "-", "--set", "dev", "--replace", input=_lines([changed]))
    assert database.value("select count(*) from codesearch.judged_query") == 1


def test_a_wrong_line_is_named_and_nothing_is_imported(database):
    bad = (
        _lines(QUERIES)
        + '{"id": "d", "query": "q", "relevant": [{"path": "x", "start_line": 9, "end_line": 2}]}\n'
    )
    done = _invoke(database, "import", "-", "--set", "dev", input=bad)
    assert done.exit_code == 1
    assert "line 4, relevant[0]: end_line 2 is before start_line 9" in done.output
    assert "Traceback" not in done.output
    assert database.value("select count(*) from codesearch.judged_query") == 0


def test_run_asks_search_and_keeps_what_it_answered(indexed):
    _invoke(indexed, "import", "-", "--set", "dev", input=_lines(QUERIES))
    done = _invoke(indexed, "run", "--set", "dev", "--note", "first", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["model"] == indexed.value(
        "select name from codesearch.model_version where status = 'active'"
    )
    assert report["metrics"]["all"]["queries"] == 2
    assert report["metrics"]["all"]["mrr"] == 1.0
    assert report["metrics"]["category"]["semantic"]["hit"] == 1.0
    assert report["metrics"]["ranks"]["1"] == 2
    assert report["metrics"]["no_answer"]["queries"] == 1
    assert report["queries"]["a"]["token_iou"] > 0.9
    assert report["queries"]["a"]["latency_ms"] > 0
    in_force = (
        "select codesearch.current_settings(model_version_id) from codesearch.model_version"
        " where status = 'active'"
    )
    assert report["settings"] == indexed.value(in_force)
    assert indexed.value("select count(*) from codesearch.query_log") == 0, "evaluations are not use"

    assert indexed.rows("select mrr, note from codesearch.evaluation_summary") == [(1.0, "first")]
    distribution = indexed.rows(
        "select category, first_rank, queries from codesearch.evaluation_rank_distribution order by 1"
    )
    assert distribution == [("identifier", 1, 1), ("semantic", 1, 1)]
    lines = [json.loads(line) for line in _invoke(indexed, "export").output.splitlines()]
    assert [line["id"] for line in lines] == ["a", "b", "c"]
    shown = indexed.rows(
        "select path from codesearch.search('follow_redirects', repository => 'demo', log => false)"
    )
    assert lines[0]["results"][0]["path"] == shown[0][0] == "net/redirects.py"
    assert set(lines[0]["results"][0]) == {"path", "start_line", "end_line", "score"}
    assert "first" in _invoke(indexed, "show").output
    assert json.loads(_invoke(indexed, "list", "--json").output)["sets"][0]["no_answer"] == 1


def test_a_run_without_vectors_and_with_a_threshold(indexed):
    queries = [*QUERIES, _query("d", "identifier", "follow_redirects", STALE)]
    _invoke(indexed, "import", "-", "--set", "dev", input=_lines(queries))
    with connect(indexed.url, autocommit=True) as connection:
        lexical = evaluate(connection, "dev", None, EvaluationOptions(mode="lexical"))
        hits = {row["id"]: row["metrics"].get("hit") for row in lexical.rows}
        assert hits == {"a": 1, "b": 1, "c": None, "d": 0}, "less than half of a place does not count"
        assert all(result["vector_rank"] is None for row in lexical.rows for result in row["results"])
        nothing = evaluate(connection, "dev", None, EvaluationOptions(mode="lexical", min_score=1e9))
    assert nothing.metrics["all"]["mrr"] == 0.0
    assert nothing.metrics["ranks"]["miss"] == 3
    assert nothing.metrics["no_answer"]["empty"] == 1.0


def test_unknown_sets_runs_and_models_are_clear_errors(installed):
    with (
        connect(installed.url, autocommit=True) as connection,
        pytest.raises(UnknownQuerySet, match="'nope'"),
    ):
        evaluate(connection, "nope", None)
    for arguments, says in (
        (["run", "--set", "nope"], "no judged queries in set 'nope'"),
        (["run", "--set", "nope", "--model", "no such"], "no model version 'no such'"),
        (["show", "77"], "no complete evaluation run 77"),
        (["export"], "no complete evaluation run yet"),
    ):
        done = _invoke(installed, *arguments)
        assert done.exit_code == 1
        assert says in done.output
    assert _invoke(installed, "export", "--run", "1", "--set", "x").exit_code == 2
