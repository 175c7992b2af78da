"""Judged sets out of the log: each question once, two judges, how far they agree, and what they agree on."""

import json

import pytest

from pgcodesearch.indexing import Worker
from support.commands import call, call_json

_WORDS = [
    "apple", "banana", "cherry", "damson", "elder", "feijoa", "grape", "hazel", "iris", "juniper", "kumquat", "lemon",
    "mango", "nutmeg", "olive",
]  # fmt: skip
_GRADES = {"ann": [3, 3, 2, 0, 0, 3, 0, 2, 3, 0], "bob": [3, 2, 2, 0, 3, 3, 0, 0, 3, 0]}


@pytest.fixture
def asked(database):
    """Fifteen functions, and two questions about each in the log, the first asked twice."""
    for word in _WORDS:
        database.rows(
            "select codesearch.upsert_file('garden', %s, %s)",
            (f"{word}.py", f"def peel_{word}(x):\n    return x\n"),
        )
    with database.connect(autocommit=False) as connection:
        Worker(connection, stages=("chunk",)).run_until_idle()
    for word in _WORDS:
        for query in (f"where is the {word} peeled", f"peel_{word}", f"Where is the  {word} peeled?"):
            database.rows("select codesearch.search(%s, 3, 'garden', mode => 'lexical')", (query,))
    return database


def _draw(database, tmp_path, *options):
    target = tmp_path / "judge.jsonl"
    result = call(database, "eval", "draw", "--output", target, *options)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in target.read_text().splitlines()]


def test_each_question_is_drawn_once_with_what_was_shown(asked, tmp_path):
    lines = _draw(asked, tmp_path)
    assert len(lines) == 30
    assert {line["category"] for line in lines[:2]} == {"identifier", "semantic"}, "classes take turns"
    assert len({line["query"].lower().strip("?").replace("  ", " ") for line in lines}) == 30
    first = next(line for line in lines if line["query"] == "peel_apple")
    assert first["repository"] == "garden"
    assert first["relevant"][0] == {
        "path": "apple.py", "symbol": "peel_apple", "start_line": 1, "end_line": 2, "grade": None, "rank": 1,
        "snippet": "def peel_apple(x):\n    return x",
    }  # fmt: skip
    assert {
        line["category"] for line in _draw(asked, tmp_path, "--category", "identifier", "--limit", "5")
    } == {"identifier"}


def test_what_is_judged_is_not_drawn_and_fewer_than_thirty_are_refused(asked, tmp_path):
    asked.rows("insert into codesearch.judged_query values ('old', '1', null, null, null, 'PEEL_apple')")
    result = call(asked, "eval", "draw", "--output", tmp_path / "none.jsonl")
    assert result.exit_code == 1
    assert "29 questions of the log are not judged yet, 30 are the least" in result.stderr
    assert "peel_apple" not in {line["query"] for line in _draw(asked, tmp_path, "--limit", "29")}


def _judge(database, tmp_path, judge, lines, grades):
    """Import the grades that one judge gave to the first place of each query."""
    graded = [
        {**line, "relevant": [{**line["relevant"][0], "grade": grade}]}
        for line, grade in zip(lines, grades, strict=True)
    ]
    target = tmp_path / f"{judge}.jsonl"
    target.write_text("".join(f"{json.dumps(line)}\n" for line in graded))
    return call_json(database, "eval", "import", target, "--set", "asked", "--judge", judge)


def test_two_judges(asked, tmp_path):
    """By hand: 7 of 10 grades agree, .35 by chance; whether it belongs 8 of 10, .5 by chance."""
    lines = _draw(asked, tmp_path, "--limit", "10")
    for judge, grades in _GRADES.items():
        counts = _judge(asked, tmp_path, judge, lines, grades)
        assert counts == {"set": f"asked@{judge}", "queries": 10, "judgments": 10, "not_judged": 0}
    found = call_json(asked, "eval", "agreement", "ann", "bob", "--set", "asked")
    whole = found["rows"][-1]
    one, other = _GRADES.values()
    expected = sum(one.count(grade) * other.count(grade) for grade in (0, 2, 3)) / 100
    assert (whole["category"], whole["queries"], whole["places"], whole["agreed"]) == ("all", 10, 10, 0.7)
    assert whole["kappa"] == pytest.approx((0.7 - expected) / (1 - expected))
    assert whole["kappa_relevant"] == pytest.approx((0.8 - 0.52) / (1 - 0.52))
    assert [row["category"] for row in found["rows"]] == ["identifier", "semantic", "all"]
    assert len(found["disputed"]) == 3
    assert found["settled"] is None
    settled = call_json(asked, "eval", "agreement", "ann", "bob", "--set", "asked", "--settle")["settled"]
    assert settled == {"queries": 7, "judgments": 7, "left_out": 3}
    grades = asked.rows(
        "select grade, count(*) from codesearch.judgment where query_set = 'asked' group by 1 order by 1"
    )
    assert grades == [(0, 3), (2, 1), (3, 3)]
    again = call(asked, "eval", "export", "--set", "asked", "--judge", "ann").stdout
    assert [json.loads(line)["relevant"][0]["grade"] for line in again.splitlines()].count(3) == 4
    printed = call(asked, "eval", "agreement", "ann", "bob", "--set", "asked").stdout
    assert "kappa" in printed
    assert "disputed" in printed


def test_judges_with_nothing_in_common_are_refused(asked, tmp_path):
    _judge(asked, tmp_path, "ann", _draw(asked, tmp_path, "--limit", "10"), _GRADES["ann"])
    for arguments in (("ann", "bob"), ("ann", "ann ")):
        result = call(asked, "eval", "agreement", *arguments, "--set", "asked")
        assert result.exit_code == 1
        assert "graded no place of set asked both" in result.stderr
    with pytest.raises(Exception, match="is the set of a judge"):
        asked.rows("select codesearch.settle_judgments('asked@ann', 'asked@ann', 'asked@ann')")


def test_the_same_grade_for_all_has_no_kappa(asked, tmp_path):
    lines = _draw(asked, tmp_path, "--limit", "5")
    for judge in ("ann", "bob"):
        _judge(asked, tmp_path, judge, lines, [3] * 5)
    (whole,) = call_json(asked, "eval", "agreement", "ann", "bob", "--set", "asked")["rows"][-1:]
    assert (whole["agreed"], whole["kappa"]) == (1, None)


def test_weak_classes_ask_for_judgments(asked):
    assert call_json(asked, "status")["weak_categories"] == []
    asked.rows(
        "update codesearch.query_log set confidence = case query_class when 'identifier' then .9 else .01 end"
    )
    (weak,) = call_json(asked, "status")["weak_categories"]
    assert weak == {
        "category": "semantic",
        "judged": 0,
        "wanted": 30,
        "reason": "100 % of 30 searches found nothing",
    }
    assert "30 more semantic queries: 100 % of 30 searches found nothing" in call(asked, "status").stdout
    for number in range(30):
        asked.rows(
            "insert into codesearch.judged_query values ('old', %s, null, null, null, %s)",
            (str(number), f"where does number {number} go"),
        )
    assert call_json(asked, "status")["weak_categories"] == []


def test_status_says_which_ranker_is_calibrated(installed):
    known = call_json(installed, "status")["calibration"]
    assert (known["ranker"], known["calibrated"], known["questions"]) == ("shipped", True, 375)
    assert "ranker shipped is calibrated on 375 questions" in call(installed, "status").stdout
    installed.rows("select codesearch.add_ranker('plain', codesearch.shipped_ranker())")
    installed.rows("select codesearch.activate_ranker('plain')")
    assert (
        "ranker plain is not calibrated: pgcodesearch calibrate does it" in call(installed, "status").stdout
    )
    installed.rows(
        "select codesearch.add_ranker('sure', codesearch.shipped_ranker(), metrics => %s, refused => true,"
        " calibration => codesearch.shipped_calibration())", ('{"gate": {"reason": "3 questions are too few"}}',),
    )  # fmt: skip
    assert "sure was refused: 3 questions are too few" in call(installed, "status").stdout
    installed.rows(
        "select codesearch.add_ranker('known', codesearch.shipped_ranker(), metrics => %s,"
        " calibration => codesearch.shipped_calibration())",
        ('{"calibration": {"hybrid": {"questions": 60, "unanswered": 70, "error": 0.04}}}',),
    )
    installed.rows("select codesearch.activate_ranker('known')")
    assert "ranker known is calibrated on 60 questions and 70 without an answer, error 0.040" in (
        call(installed, "status").stdout
    )
    installed.rows("select codesearch.change_setting('ranking.weights', '{\"test\": 1}')")
    assert "ranking.weights makes other scores" in call(installed, "status").stdout
