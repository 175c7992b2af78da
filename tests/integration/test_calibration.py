"""How sure results are: fitted by `calibrate`, told by every search, and a reason to answer nothing."""

import json
import math

import pytest

from pgcodesearch.evaluating.calibrating.examples import Example
from pgcodesearch.evaluating.calibrating.fitting import FitOptions, fit
from pgcodesearch.evaluating.calibrating.reliability import measure
from support.commands import call, call_json, installed_database

CLASSES = ("identifier", "mixed", "semantic", "language")
_WORDS = ["anchor", "barrel", "candle", "dagger", "engine", "feather", "goblet", "hammer", "island", "jacket", "kettle",
          "ladder", "magnet", "needle", "orchid", "pillow", "quiver", "ribbon", "saddle", "temple"]  # fmt: skip


@pytest.fixture(scope="module")
def filled(server_url, tmp_path_factory):
    """Four repositories of twenty functions; each word is of one repository alone."""
    with installed_database(server_url) as database:
        for repository in range(4):
            folder = tmp_path_factory.mktemp(f"r{repository}")
            for word in _WORDS:
                name = f"{word}{'abcd'[repository] * 2}"
                (folder / f"{name}.py").write_text(
                    f"def polish_{name}(items):\n"
                    f'    """Polish every {name} until it shines."""\n'
                    f"    return [item.strip('{name}') for item in items]\n"
                )
            call_json(database, "index", folder, "--repository", f"r{repository}")
        yield database


@pytest.fixture
def database(filled):
    yield filled
    filled.rows("select codesearch.activate_ranker(null)")
    filled.rows("with gone as (delete from codesearch.ranker returning 1) select count(*) from gone")


def _set_calibration(database, name="c", **head):
    """A calibration by hand: the same for all legs and classes."""
    head = {"answered": {}, "right": {}, "known": 0, "precise": 0} | head
    calibration = {legs: dict.fromkeys(CLASSES, head) for legs in ("hybrid", "lexical", "vector")}
    database.rows(
        "select codesearch.add_ranker(%s, codesearch.shipped_ranker(), calibration => %s)",
        [name, json.dumps(calibration)],
    )
    database.rows("select codesearch.activate_ranker(%s)", [name])


def _search(database, query="polish anchoraa", k=10, **options):
    arguments = "".join(f", {name} => %({name})s" for name in options)
    return database.rows(
        f"select symbol, confidence from codesearch.search(%(query)s, %(k)s, 'r0'{arguments}) order by rank",
        {"query": query, "k": k, **options},
    )


def test_a_confidence_is_two_logistic_functions_of_the_list(database):
    """That there is an answer, by the first hit; that it is this hit, by each one's own numbers."""
    _set_calibration(database, answered={"constant": 1, "lead": 0.5}, right={"constant": -1, "behind": -2})
    found = database.rows(
        "select score, confidence from codesearch.search('polish anchoraa', 12, 'r0') order by rank"
    )
    lead = found[0][0] - found[1][0]
    for score, confidence in found:
        answered = 1 / (1 + math.exp(-(1 + 0.5 * lead)))
        right = 1 / (1 + math.exp(-(-1 - 2 * (found[0][0] - score))))
        assert confidence == pytest.approx(answered * right, rel=1e-4)
    assert len({confidence for _, confidence in found}) > 1


def test_the_same_hit_is_as_sure_however_many_are_wanted(database):
    _set_calibration(
        database, answered={"best_vector": 1, "lead_of_five": 0.3}, right={"behind": -1, "place": -0.2}
    )
    assert _search(database, k=1) == _search(database, k=10)[:1]


def test_min_confidence_leaves_out_what_is_less_sure(database):
    _set_calibration(database, right={"constant": 2, "behind": -1})
    found = _search(database)
    least = found[2][1]
    assert _search(database, min_confidence=least) == [row for row in found if row[1] >= least]
    assert _search(database, min_confidence=1) == []


def test_adaptive_answers_nothing_where_nothing_is_known(database):
    _set_calibration(
        database,
        answered={"constant": -3, "has_name": 6},
        right={"constant": 3, "behind": -1},
        known=0.5,
        precise=0.99,
    )
    known = _search(database, "polish_anchoraa", mode="adaptive")
    assert known[0][0] == "polish_anchoraa"
    assert len(known) == 1, "at least the surest, though it is not that sure"
    assert _search(database, "polish_nothing", mode="adaptive") == []
    assert len(_search(database, "polish_nothing")) > 1
    assert _search(database, "polish_anchoraa", mode="adaptive", min_confidence=0) == _search(
        database, "polish_anchoraa"
    ), "min_confidence takes the place of 'precise'"


def test_the_log_knows_how_sure_the_surest_was_where_nothing_was_shown(database):
    _set_calibration(database, answered={"constant": 1}, right={"constant": 2, "behind": -1}, known=0.99)
    surest = max(confidence for _, confidence in _search(database))
    assert _search(database, min_confidence=1) == _search(database, mode="adaptive") == []
    assert _search(database, k=2, min_confidence=surest)[0][1] == surest
    logged = database.rows(
        "select result_count, confidence from codesearch.query_log order by query_id desc limit 4"
    )
    assert [count for count, _ in logged] == [1, 0, 0, 10]
    assert [confidence for _, confidence in logged] == pytest.approx([surest] * 4)
    database.rows("select codesearch.change_setting('ranking.weights', '{\"test\": 1}')")
    _search(database)
    database.rows("select codesearch.change_setting('ranking.weights', '{}')")
    assert (
        database.value("select confidence from codesearch.query_log order by query_id desc limit 1") is None
    )


def test_what_was_not_calibrated_says_nothing(database):
    database.rows("select codesearch.add_ranker('plain', codesearch.shipped_ranker())")
    database.rows("select codesearch.activate_ranker('plain')")
    assert {confidence for _, confidence in _search(database)} == {None}
    for options in ({"min_confidence": 0.5}, {"mode": "adaptive"}):
        with pytest.raises(Exception, match="was not calibrated") as raised:
            _search(database, **options)
        assert raised.value.sqlstate == "CS018"
    _set_calibration(database)
    assert {confidence for _, confidence in _search(database)} == {0.25}
    assert {confidence for _, confidence in _search(database, mode="rrf")} == {None}
    database.rows("select codesearch.change_setting('ranking.weights', '{\"test\": 1}')")
    assert {confidence for _, confidence in _search(database)} == {None}, (
        "scores are others than those calibrated"
    )
    database.rows("select codesearch.change_setting('ranking.weights', '{}')")


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_confidence_that_is_no_probability_is_refused(database, value):
    with pytest.raises(Exception, match="not between 0 and 1") as raised:
        _search(database, min_confidence=value)
    assert raised.value.sqlstate == "CS001"


@pytest.mark.parametrize(
    "calibration",
    [
        '[]', '{"hybrid": 1}', '{"other": {}}', '{"hybrid": {"mixed": {"answered": {"nothing": 1}}}}',
        '{"hybrid": {"mixed": {"answered": {"constant": "1"}}}}', '{"hybrid": {"mixed": {"known": 2}}}',
        '{"hybrid": {"mixed": {"surely": {}}}}', '{"hybrid": {"other": {"known": 0.5}}}',
    ],
)  # fmt: skip
def test_what_is_no_calibration_is_refused(database, calibration):
    with pytest.raises(Exception, match="no calibration") as raised:
        database.rows(
            "select codesearch.add_ranker('x', codesearch.shipped_ranker(), calibration => %s)", [calibration]
        )
    assert raised.value.sqlstate == "CS001"


def test_the_shipped_calibration_is_one(database):
    """Every input that it weighs exists, for all legs and classes, and it tells what is there from what is not."""
    shipped = database.rows("select codesearch.shipped_calibration()")[0][0]
    assert {legs: set(classes) for legs, classes in shipped.items()} == {
        legs: set(CLASSES) for legs in ("hybrid", "lexical", "vector")
    }
    database.rows("select codesearch.check_calibration(codesearch.shipped_calibration())")
    there, absent = (_search(database, query)[0][1] for query in ("polish_anchoraa", "ParseExpressionTree"))
    assert there > 0.5 > absent


def test_the_log_and_explain_tell_how_sure_it_was(database):
    _set_calibration(database, right={"behind": -1})
    found = _search(database, "polish anchoraa once")
    assert database.rows("select confidence from codesearch.query_log order by query_id desc limit 1")[0][
        0
    ] == pytest.approx(max(confidence for _, confidence in found))
    explained = database.rows(
        "select confidence from codesearch.explain('polish anchoraa once', repository => 'r0') order by rank"
    )
    assert [row[0] for row in explained] == [confidence for _, confidence in found]


def test_a_kept_answer_is_as_sure(database):
    _set_calibration(database, right={"behind": -1})
    first = _search(database, "polish kettleaa")
    assert _search(database, "polish kettleaa") == first
    assert database.rows("select from_cache from codesearch.query_log order by query_id desc limit 1") == [
        (True,)
    ]
    assert _search(database, "polish kettleaa", min_confidence=first[1][1]) != first


def _judged(tmp_path, per_repository=20):
    rows = []
    for repository in range(4):
        for number, word in enumerate(_WORDS[:per_repository]):
            name = f"{word}{'abcd'[repository] * 2}"
            rows.append(
                {"id": f"{repository}-{number}", "query": f"where is every {name} polished",
                 "package": f"r{repository}",
                 "language": "python", "category": "semantic",
                 "relevant": [{"path": f"{name}.py", "symbol": f"polish_{name}", "start_line": 1, "end_line": 3,
                               "grade": 3}]}
            )  # fmt: skip
    file = tmp_path / "judged.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_calibrate_learns_what_is_there_and_is_undone(database, tmp_path):
    call_json(database, "eval", "import", _judged(tmp_path), "--set", "mine")
    report = call_json(
        database, "calibrate", "--set", "mine", "--name", "sure", "--activate", "--folds", "4",
        "--plot", tmp_path / "plot.svg",
    )  # fmt: skip
    held_out = report["held_out"]["hybrid"]
    assert (held_out["questions"], held_out["repositories"], report["refused"]) == (80, 4, None)
    assert held_out["unanswered"] >= 80
    assert held_out["auroc"] > 0.95
    assert held_out["refused"] >= 0.7
    assert (tmp_path / "plot.svg").read_text().startswith("<svg")
    question = "where is every anchoraa polished"
    assert _search(database, question, mode="adaptive")[0][0] == "polish_anchoraa"
    assert _search(database, "where is every anchorbb polished", mode="adaptive") == []
    row = database.rows(
        "select parent_id, fitted_on -> 'query_sets', weights from codesearch.ranker where name = 'sure'"
    )
    assert row[0][1] == ["mine"]
    assert row[0][2] == database.rows("select codesearch.shipped_ranker()")[0][0]
    call(database, "rankers", "rollback")
    assert database.rows("select count(*) from codesearch.ranker where status = 'active'") == [(0,)]


def test_what_cannot_be_trusted_is_refused_and_the_reason_kept(database, tmp_path):
    call_json(database, "eval", "import", _judged(tmp_path, 3), "--set", "few")
    result = call(database, "calibrate", "--set", "few", "--name", "few", "--folds", "4", "--activate")
    assert result.exit_code == 1
    assert "50 of each are needed" in result.output
    status, reason = database.rows(
        "select status, metrics #>> '{gate,reason}' from codesearch.ranker where name = 'few'"
    )[0]
    assert (status, reason.startswith("12 questions")) == ("refused", True)
    with pytest.raises(Exception, match="refused ranker"):
        database.rows("select codesearch.activate_ranker('few')")


def _made_up(count=60):
    """Lists in which the second input says whether there is an answer, and the third which hit it is."""
    import numpy as np

    random = np.random.default_rng(3)
    examples = []
    for number in range(count):
        answerable = number % 2 == 0
        right = np.zeros(5, dtype=bool)
        right[number % 5] = answerable
        inputs = np.stack(
            [
                np.ones(5),
                np.full(5, float(answerable)) + random.normal(0, 0.1),
                right + random.normal(0, 0.1, 5),
            ],
            axis=1,
        )
        examples.append(
            Example("s", f"r{number % 6}", "hybrid", "semantic", inputs, right, answerable, number % 4 == 1,
                    float(answerable))
        )  # fmt: skip
    return examples


def test_weights_come_back_on_the_scale_of_the_inputs():
    import numpy as np

    examples = _made_up()
    heads = fit(examples, 0, FitOptions(0.01, 0.01))
    pairs = [heads.confidences(example) for example in examples]
    answered, confidences = np.array([pair[0] for pair in pairs]), [pair[1] for pair in pairs]
    assert all(sure.argmax() == example.right.argmax() for sure, example in zip(confidences, examples, strict=True)
               if example.answerable)  # fmt: skip
    found = measure(examples, answered, confidences, 0.75, 0.9)
    assert found.auroc > 0.9
    assert found.precision >= 0.9
    assert found.low <= found.precision <= found.high
    assert found.error < 0.1
    assert found.refused == pytest.approx(0.75, abs=0.1)
    shifted = [
        Example(e.query_set, e.repository, e.legs, e.query_class, e.inputs * [1, 100, 0.01] + [0, 7, 0], e.right,
                e.answerable, e.elsewhere, e.ndcg) for e in examples
    ]  # fmt: skip
    again = fit(shifted, 0, FitOptions(0.01, 0.01))
    for example, other in zip(examples, shifted, strict=True):
        np.testing.assert_allclose(heads.confidences(example)[1], again.confidences(other)[1], rtol=1e-4)


def test_a_precision_that_nothing_reaches_shows_nothing_by_itself():
    import numpy as np

    examples = [e for e in _made_up() if e.answerable]
    sure = [np.full(5, 0.5) for _ in examples]
    found = measure(examples, np.ones(len(examples)), sure, 0.75, 0.9)
    assert (found.precise, found.shown) == (1.0, 0.0)
