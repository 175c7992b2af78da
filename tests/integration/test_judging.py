"""What a run showed, written for a judge, graded, and imported again."""

from __future__ import annotations

import json

import pytest

from pgcodesearch.evaluating import store
from support.commands import call, call_json, installed_database
from support.indexing import chunk_all, upsert

BODY = "def {0}_cookie(jar, name):\n    jar.{0}(name)\n    return jar.{0}_count\n"
VERBS = ("store", "delete", "read", "send")


@pytest.fixture
def asked(server_url, tmp_path):
    """Four functions, two queries that nobody has judged, and one run."""
    with installed_database(server_url) as database:
        with database.connect() as connection:
            for verb in VERBS:
                upsert(connection, f"src/{verb}.py", BODY.format(verb), "shop")
        chunk_all(database)
        lines = [
            {"id": verb, "repository": "shop", "query": f"{verb} cookie", "relevant": []}
            for verb in VERBS[:2]
        ]
        _import(database, tmp_path, lines)
        call_json(database, "eval", "run", "--set", "s", "--encoder", "none")
        yield database


def _import(database, folder, lines):
    file = folder / "judged.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return call_json(database, "eval", "import", file, "--set", "s")


def _for_judging(database):
    return [
        json.loads(line) for line in call(database, "eval", "export", "--for-judging").stdout.splitlines()
    ]


def _queries(database):
    with database.connect() as connection:
        return {query.key: query for query in store.load_queries(connection, "s")}


def test_each_place_that_was_shown_waits_for_a_grade(asked):
    delete, keep = _for_judging(asked)
    assert (delete["id"], delete["query"], delete["repository"]) == ("delete", "delete cookie", "shop")
    first = delete["relevant"][0]
    assert first == {
        "path": "src/delete.py", "symbol": "delete_cookie", "start_line": 1, "end_line": 3, "grade": None, "rank": 1,
        "snippet": BODY.format("delete").rstrip("\n"),
    }  # fmt: skip
    assert [place["rank"] for place in keep["relevant"]] == list(range(1, len(keep["relevant"]) + 1))


def test_grades_3_2_and_0_come_back_and_go_out_again(asked, tmp_path):
    lines = _for_judging(asked)
    for line in lines:
        for place, grade in zip(line["relevant"], (3, 2, 0), strict=False):
            place["grade"] = grade
    report = _import(asked, tmp_path, lines)
    assert (report["queries"], report["not_judged"]) == (2, 0)
    wanted = {line["id"]: sorted((p["path"], p["grade"]) for p in line["relevant"] if p["grade"] is not None)
              for line in lines}  # fmt: skip
    assert {grade for pairs in wanted.values() for _, grade in pairs} == {3, 2, 0}
    assert {
        key: sorted((j.path, j.grade) for j in query.judgments) for key, query in _queries(asked).items()
    } == wanted
    again = _for_judging(asked)
    assert [{**line, "category": None} for line in again] == [{**line, "category": None} for line in lines]


def test_a_query_nobody_finished_is_not_one_without_an_answer(asked, tmp_path):
    lines = _for_judging(asked)
    lines[0]["relevant"][0]["grade"] = 0  # the others have none yet
    lines[1]["relevant"][0]["grade"] = 3
    report = _import(asked, tmp_path, lines)
    assert (report["queries"], report["judgments"], report["not_judged"]) == (1, 1, 1)
    judged = _queries(asked)
    assert [j.grade for j in judged[lines[1]["id"]].judgments] == [3]
    assert judged[lines[0]["id"]].judgments == (), "as it was before"
    said = call(asked, "eval", "import", tmp_path / "judged.jsonl", "--set", "s").output
    assert f"1 left out, not judged yet: {lines[0]['id']}" in said


def test_what_was_judged_and_not_shown_is_kept(asked, tmp_path):
    lines = _for_judging(asked)
    elsewhere = {"path": "src/unseen.py", "start_line": 4, "end_line": 9, "grade": 2}
    lines[0]["relevant"] = [elsewhere, {**lines[0]["relevant"][0], "end_line": 2, "grade": 3}]
    _import(asked, tmp_path, lines)
    places = _for_judging(asked)[0]["relevant"]
    kept = [place for place in places if place["path"] == "src/unseen.py"]
    assert [(place["grade"], place["rank"], place["snippet"]) for place in kept] == [(2, None, None)]
    assert [(p["end_line"], p["grade"]) for p in places if p["rank"] == 1] == [(2, 3)], (
        "the place as it was judged"
    )


def test_code_that_is_gone_has_no_snippet(asked):
    asked.rows("select codesearch.delete_file('shop', 'src/delete.py')")
    assert [p["snippet"] for p in _for_judging(asked)[0]["relevant"] if p["path"] == "src/delete.py"] == [
        None
    ]


def test_a_set_is_not_exported_for_judging_without_a_run(asked):
    refused = call(asked, "eval", "export", "--set", "s", "--for-judging")
    assert refused.exit_code == 2
    assert "--for-judging" in refused.output
