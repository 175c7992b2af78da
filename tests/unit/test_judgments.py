"""Judged queries: read strictly, written back the same."""

from __future__ import annotations

import json

import pytest

from pgcodesearch.evaluating.judgments import (
    InvalidJudgment,
    read_judged_queries,
    read_judgments,
    write_judged_queries,
)

PLACE = {"path": "a/b.py", "symbol": "f", "start_line": 3, "end_line": 9, "grade": 3}
QUERY = {"id": "q1", "package": "pack", "language": "python", "category": "semantic", "query": "naïve ünïcode",
         "relevant": [PLACE]}  # fmt: skip


def line(**changes: object) -> str:
    return json.dumps({**QUERY, **changes})


def test_reads_and_writes_back() -> None:
    queries = read_judged_queries([line(), "\n", line(id="q2", relevant=[])])
    assert [q.key for q in queries] == ["q1", "q2"]
    assert queries[0].repository == "pack"
    assert queries[0].relevant[0].grade == 3
    assert queries[1].relevant == ()
    assert read_judged_queries(write_judged_queries(queries)) == queries


def test_a_grade_of_null_is_not_given_yet() -> None:
    waiting = {**PLACE, "start_line": 5, "grade": None, "rank": 1, "snippet": "def f():"}
    lines = [line(relevant=[PLACE, waiting]), line(id="q2", relevant=[waiting]), line(id="q3", relevant=[])]
    queries, unjudged = read_judgments([*lines, line(id="q4", relevant=[{**PLACE, "grade": 0}, waiting])])
    assert [(query.key, len(query.judgments)) for query in queries] == [("q1", 1), ("q3", 0)]
    assert unjudged == ["q2", "q4"]
    without = {key: value for key, value in PLACE.items() if key != "grade"}
    with pytest.raises(InvalidJudgment, match="grade must be one of 3, 2 and 0"):
        read_judged_queries([line(relevant=[without])])


def test_reads_bytes_with_a_mark_and_crlf() -> None:
    assert read_judged_queries([b"\xef\xbb\xbf" + line().encode() + b"\r\n"])[0].key == "q1"


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("{not json", "line 2: not JSON"),
        ("[1]", "line 2: not a JSON object"),
        (line(), "line 2: id 'q1' was used on line 1"),
        (line(id=""), "'id' is missing or empty"),
        (line(id="x", query=None), "'query' is missing or empty"),
        (line(id="x", query=7), "'query' must be text"),
        (line(id="x", query="a\u0000b"), "cannot store"),
        (line(id="x", relevant=None), "'relevant' must be a list"),
        (line(id="x", relevant=[5]), "line 2, relevant[0]: not a JSON object"),
        (line(id="x", relevant=[{**PLACE, "grade": 1}]), "grade must be one of 3, 2 and 0, not 1"),
        (line(id="x", relevant=[{**PLACE, "grade": True}]), "grade must be"),
        (line(id="x", relevant=[{**PLACE, "start_line": 0}]), "'start_line' must be a line number"),
        (line(id="x", relevant=[{**PLACE, "start_line": "3"}]), "'start_line' must be a line number"),
        (line(id="x", relevant=[{**PLACE, "end_line": 2}]), "end_line 2 is before start_line 3"),
        (line(id="x", relevant=[{**PLACE, "end_line": 2**40}]), "'end_line' must be a line number"),
        (line(id="x", relevant=[{**PLACE, "path": ""}]), "'path' is missing or empty"),
        (line(id="x", relevant=[PLACE, PLACE]), "the same place is judged twice"),
        (b"\xff\xfe", "line 2: not UTF-8"),
        ("[" * 100_000, "line 2: not JSON"),
    ],
)
def test_a_wrong_line_is_named(bad: str | bytes, says: str) -> None:
    with pytest.raises(InvalidJudgment) as caught:
        read_judged_queries([line(), bad], "file.jsonl")
    assert says in caught.value.message
    assert caught.value.message.startswith("file.jsonl, line 2")
