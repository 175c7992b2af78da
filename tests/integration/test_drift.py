"""Drift: what each measure says of real rows, the series it leaves, and that every change is told."""

import json
import zlib

import numpy as np
import psycopg
import pytest
from click.testing import CliRunner
from psycopg.types.json import Jsonb

from pgcodesearch.cli import main
from pgcodesearch.indexing import Worker
from support.tenants import acting_as, temporary_roles

DIMENSION = 64


@pytest.fixture
def modelled(database):
    """A database with an active model, no code and no searches."""
    database.rows("select codesearch.add_model('small', %s, 16, '{}')", (DIMENSION,))
    return database


def _set(database, **settings: float) -> None:
    for name, value in settings.items():
        database.rows("select codesearch.change_setting(%s, %s)", (f"drift.{name}", Jsonb(value)))


def _check(database, arguments: str = "") -> dict[str, tuple]:
    rows = database.rows(
        f"select measure, state, value, sample_count from codesearch.check_drift({arguments})"
    )
    return {measure: rest for measure, *rest in rows}


def _ask(database, scores, mode="hybrid", vectors=True, role="somebody") -> None:
    """Log one search for each best score; None is a search without a result."""
    with database.connect() as connection:
        for score in scores:
            row = connection.execute(
                "insert into codesearch.query_log"
                " (asked_by, query_hash, mode, model_version_id, k, result_count, top_score, latency_ms)"
                " values (%s, gen_random_uuid(), %s, 1, 10, %s, %s, 1) returning query_id",
                (role, mode, int(score is not None), score),
            ).fetchone()
            if score is not None:
                connection.execute(
                    "insert into codesearch.query_results (query_id, rank, chunk_id, repository_id, content_hash,"
                    " score, lexical_rank, vector_rank) values (%s, 1, 1, 1, gen_random_uuid(), %s, 1, %s)",
                    (row[0], score, 1 if vectors else None),
                )


def _evaluate(
    database, *mrrs: float, queries=40, query_set="dev", k=10, mode="hybrid", model="small"
) -> None:
    for mrr in mrrs:
        database.rows(
            "insert into codesearch.evaluation_run (query_set, model, mode, k, settings, metrics)"
            " values (%s, %s, %s, %s, '{}', %s)",
            (query_set, model, mode, k, Jsonb({"all": {"mrr": mrr, "queries": queries}})),
        )


class Scattered:
    """Vectors around one point: the larger the spread, the farther from their neighbours."""

    def __init__(self, spread: float) -> None:
        self.spread = spread

    def encode_counted(self, texts, kind="code"):
        noise = np.random.default_rng(zlib.crc32("".join(texts).encode())).normal(
            size=(len(texts), DIMENSION)
        )
        vectors = np.ones((len(texts), DIMENSION)) + self.spread * noise
        counts = np.ones(len(texts), int)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), counts, counts


def _write(database, names, spread: float) -> None:
    with database.connect() as connection:
        for name in names:
            connection.execute(
                "select codesearch.upsert_file('demo', %s, %s)",
                (f"{name}.py", f"def {name}():\n    return 1\n"),
            )
    with database.connect(autocommit=False) as connection:
        Worker(connection, embedder_for=lambda *_: Scattered(spread)).run_until_idle()


@pytest.mark.parametrize(
    ("passing", "state"), [(100, "ok"), (70, "ok"), (69, "soft"), (60, "soft"), (59, "hard"), (0, "hard")]
)
def test_pass_rate(modelled, passing, state):
    _ask(modelled, [6.1] * passing + [6.05] * (100 - passing))
    assert _check(modelled)["pass_rate"] == [state, passing / 100, 100]


@pytest.mark.parametrize(
    ("missing", "state"), [(0, "ok"), (14, "ok"), (15, "soft"), (24, "soft"), (25, "hard")]
)
def test_miss_rate(modelled, missing, state):
    """A search that showed something passes or not; it misses where it showed nothing, or nothing related."""
    _ask(modelled, [5.55] * (100 - missing) + [None, 5.45] * (missing // 2) + [None] * (missing % 2))
    found = _check(modelled)
    assert found["miss_rate"] == [state, missing / 100, 100]
    assert found["pass_rate"][:2] == ["hard", 0]


def test_few_searches_say_nothing(modelled):
    _ask(modelled, [None] * 99)
    assert _check(modelled)["miss_rate"] == ["too few", 1, 99]
    assert modelled.value("select count(*) from codesearch.alert") == 0
    _set(modelled, min_searches=99)
    assert _check(modelled)["miss_rate"] == ["hard", 1, 99]


def test_only_the_newest_searches_of_the_model_count(modelled):
    _set(modelled, searches=10, min_searches=5)
    _ask(modelled, [None] * 10)
    _ask(modelled, [9.0] * 6)
    _ask(modelled, [9.0] * 4, mode="lexical")
    _ask(modelled, [9.0] * 4, vectors=False)
    assert _check(modelled)["miss_rate"] == ["hard", 0.4, 10]
    modelled.rows("update codesearch.query_log set model_version_id = 7")
    assert _check(modelled)["miss_rate"] == ["too few", None, 0]


def test_roles_have_equal_shares_and_the_middle_one_counts(modelled):
    """One who asks all the time for what there is not says nothing of the model; what each asked lately counts."""
    _set(modelled, searches=12, min_searches=5)
    for role in ("other", "third"):
        _ask(modelled, [None] * 5 + [9.0] * 3 + [5.0], role=role)
    _ask(modelled, [None] * 40, role="noisy")
    # Four of each: of the middle one three passed, and one missed.
    assert _check(modelled)["pass_rate"][1:] == [0.75, 12]
    assert _check(modelled)["miss_rate"][1:] == [0.25, 12]
    # Of two the better one.
    modelled.rows("delete from codesearch.query_log where asked_by = 'third'")
    assert _check(modelled)["miss_rate"][1:] == [3 / 6, 12]


def test_a_model_brings_its_own_pass_score(modelled):
    _ask(modelled, [2.0] * 100)
    assert _check(modelled)["pass_rate"][0] == "hard"
    modelled.rows("update codesearch.model_version set settings = %s", (Jsonb({"drift.pass_score": 1.5}),))
    assert _check(modelled)["pass_rate"] == ["ok", 1, 100]


def _ask_words(database, queries, role="somebody") -> None:
    """Log searches with words and their class, the oldest first."""
    with database.connect() as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into codesearch.query_log (asked_by, query, query_hash, query_class, mode, model_version_id, k,"
            " result_count, latency_ms) values (%(role)s, %(query)s, gen_random_uuid(),"
            " codesearch.classify_query(%(query)s), 'hybrid', 1, 10, 0, 1)",
            [{"role": role, "query": query} for query in queries],
        )


def _questions(words, count):
    """Sentences of two words each."""
    return [
        f"where does the {words[n % len(words)]} go to the {words[(n + 1) % len(words)]}"
        for n in range(count)
    ]


FRUIT = ["apple", "banana", "cherry", "damson", "elder", "feijoa"]
TOOLS = ["hammer", "chisel", "plane", "square", "mallet", "clamp"]


@pytest.mark.parametrize(
    ("now", "classes", "words"),
    [
        (FRUIT, "ok", "ok"),
        ([*FRUIT[:5], TOOLS[0]], "ok", "soft"),
        (TOOLS, "ok", "hard"),
        (None, "hard", "hard"),
    ],
    ids=["same", "one new word in six", "other words", "names"],
)
def test_other_things_are_asked(modelled, now, classes, words):
    """Of three windows the newest two are compared; what of it is new, beside what was new in the one before."""
    _ask_words(modelled, _questions(FRUIT, 240))
    _ask_words(modelled, _questions(now, 120) if now else [f"go_{word}" for word in FRUIT * 20])
    found = _check(modelled)
    assert found["asked_classes"][0] == classes, found
    assert found["asked_words"][0] == words, found
    assert found["asked_classes"][2] == 120


def test_a_shift_that_was_meant_is_forgotten(modelled):
    _ask_words(modelled, _questions(FRUIT, 200) + _questions(TOOLS, 100))
    assert _check(modelled)["asked_words"][0] == "hard"
    assert _check(modelled, "new_baseline => true")["asked_words"] == ["too few", None, 0]
    _ask_words(modelled, _questions(TOOLS, 300))
    assert _check(modelled)["asked_words"] == ["ok", 0, 100]
    told = modelled.rows(
        "select state, text from codesearch.alert where subject = 'asked words' order by alert_id"
    )
    assert [state for state, _ in told] == ["hard", "ok"]
    assert told[0][1].startswith(
        "asked words is hard: 0.667 (soft from 0.100, hard from 0.200; baseline 0.000; 100"
    )
    assert told[1][1].startswith("asked words is ok again: 0.000")


def test_one_who_asks_more_than_before_shifts_nothing(modelled):
    for role in ("one", "other"):
        _ask_words(modelled, _questions(FRUIT if role == "one" else TOOLS, 300), role)
    _ask_words(modelled, _questions(TOOLS, 600), "other")
    assert _check(modelled)["asked_words"] == ["ok", 0, 400]


HTTP = ["where are redirects followed", "how is a cookie stored", "which headers does a request send",
        "how is the body of a response decoded", "where is the timeout of a connection set",
        "how are proxies chosen", "what retries a failed request", "where is the session closed"]  # fmt: skip
KITCHEN = ["how long does the dough rest", "which oven bakes the bread", "where is the salt added to the soup",
           "when are the onions fried", "how is the butter melted", "what peels the potatoes"]  # fmt: skip


def test_what_is_asked_is_far_from_what_was_judged(installed):
    _set(installed, min_judged=8, min_texts=6)
    near = [query.replace("where is", "where do we find").replace("how", "in which way") for query in HTTP]
    _ask_words(installed, near * 3)
    assert _check(installed)["asked_distance"] == ["too few", None, 0], "nothing was judged"
    for number, query in enumerate(HTTP):
        installed.rows(
            "insert into codesearch.judged_query (query_set, query_key, query) values ('dev', %s, %s)",
            (str(number), query),
        )
    found = _check(installed)["asked_distance"]
    assert (found[0], found[2]) == ("ok", 8), found
    _ask_words(installed, KITCHEN * 4)
    far = _check(installed)["asked_distance"]
    assert far[0] == "hard", far
    assert far[1] > found[1] + 0.1


@pytest.mark.parametrize(("confidence", "state"), [(0.9, "ok"), (0.01, "hard")])
def test_where_confidence_is_known_scores_say_nothing(modelled, confidence, state):
    _ask(modelled, [0.1 if state == "ok" else 9.0] * 100)
    modelled.rows("update codesearch.query_log set confidence = %s", (confidence,))
    found = _check(modelled)
    assert found["pass_rate"][0] == found["miss_rate"][0] == state


def test_a_sure_result_that_was_left_out_is_no_miss(modelled):
    """Whoever asks for more confidence than there is gets nothing; the answer was there."""
    _ask(modelled, [None] * 100, mode="adaptive")
    assert _check(modelled)["miss_rate"][0] == "hard"
    modelled.rows("update codesearch.query_log set confidence = 0.8")
    assert _check(modelled)["miss_rate"] == ["ok", 0, 100]


@pytest.mark.parametrize(("spread", "state"), [(0.1, "ok"), (0.43, "soft"), (1.5, "hard")])
def test_neighbours_of_new_code(modelled, spread, state):
    _set(modelled, min_texts=20)
    _write(modelled, [f"old_{n}" for n in range(20)], spread=0.1)
    before = _check(modelled)["neighbour_similarity"]
    assert before[0] == "ok"
    assert before[2] >= 20
    _write(modelled, [f"new_{n}" for n in range(20)], spread=spread)
    after = _check(modelled)["neighbour_similarity"]
    assert after[0] == state, after
    assert after[2] == before[2], "only what is new is measured"


def test_few_new_texts_wait_for_more(modelled):
    _set(modelled, min_texts=20)
    _write(modelled, ["a", "b"], spread=0.1)
    assert _check(modelled)["neighbour_similarity"][0] == "too few"
    _write(modelled, [f"old_{n}" for n in range(20)], spread=0.1)
    first = _check(modelled)["neighbour_similarity"]
    assert first[0] == "ok"
    for part in range(2):
        _write(modelled, [f"new_{part}_{n}" for n in range(6)], spread=1.5)
        found = _check(modelled)["neighbour_similarity"]
        # Twelve texts, a function and a file each time: the second lot makes twenty.
        assert (found == first) == (part == 0), found
    assert found[0] == "hard"


def test_known_texts_and_windows_are_no_news(modelled):
    """A copy is not embedded again, and a long function's windows are near to itself whatever the model."""
    _set(modelled, min_texts=1)
    _write(modelled, [f"old_{n}" for n in range(20)], spread=0.1)
    first = _check(modelled)["neighbour_similarity"]
    # Not of all, which would be measured as the same again.
    modelled.rows(
        "select codesearch.upsert_file('copy', path, content) from codesearch.source_file where path like 'old_1%'"
    )
    with modelled.connect(autocommit=False) as connection:
        Worker(connection, embedder_for=lambda *_: Scattered(1.5)).run_until_idle()
    assert modelled.value("select count(*) from codesearch.chunk") == 40 + 22
    assert _check(modelled)["neighbour_similarity"] == first
    body = "".join(f"    step_{n}({n})\n" for n in range(200))
    modelled.rows("select codesearch.upsert_file('demo', 'long.py', %s)", (f"def long():\n{body}",))
    with modelled.connect(autocommit=False) as connection:
        Worker(connection, embedder_for=lambda *_: Scattered(0.1)).run_until_idle()
    assert modelled.value("select count(*) from codesearch.chunk_text where unit > 0") > 5
    assert _check(modelled)["neighbour_similarity"][2] == 2


def test_a_new_baseline_on_request(modelled):
    _set(modelled, min_texts=20)
    _write(modelled, [f"old_{n}" for n in range(20)], spread=0.1)
    _check(modelled)
    _write(modelled, [f"new_{n}" for n in range(20)], spread=1.5)
    _evaluate(modelled, 0.8, 0.6)
    found = _check(modelled)
    assert (found["neighbour_similarity"][0], found["mrr"][0]) == ("hard", "hard")
    renewed = _check(modelled, "new_baseline => true")
    assert (renewed["neighbour_similarity"][0], renewed["mrr"][0]) == ("ok", "ok")
    assert renewed["neighbour_similarity"][2] > found["neighbour_similarity"][2], "of all that is indexed"
    _evaluate(modelled, 0.54)
    assert _check(modelled)["mrr"][:2] == ["soft", 0.54]
    baseline = "select distinct baseline from codesearch.drift_status where measure = 'mrr'"
    assert modelled.value(baseline) == 0.6


@pytest.mark.parametrize(
    ("mrr", "state"), [(0.9, "ok"), (0.76, "ok"), (0.75, "soft"), (0.71, "soft"), (0.7, "hard")]
)
def test_mrr(modelled, mrr, state):
    """Compared with the best earlier run of the same set, mode, number of results and queries, and of this model."""
    _evaluate(modelled, 0.7, 0.8, 0.79)
    _evaluate(modelled, 0.99, query_set="other")
    _evaluate(modelled, 0.99, k=20)
    _evaluate(modelled, 0.99, queries=41)
    _evaluate(modelled, 0.99, model="another")
    _evaluate(modelled, mrr)
    _evaluate(modelled, 0.01, mode="lexical")
    _check(modelled)
    rows = "select subject, state, value, baseline from codesearch.drift_status where measure = 'mrr' order by subject"
    assert modelled.rows(rows) == [("dev", state, mrr, 0.8), ("other", "ok", 0.99, 0.99)]


def test_few_judged_queries_say_nothing(modelled):
    _evaluate(modelled, 0.9, 0.1, queries=19)
    assert _check(modelled)["mrr"] == ["too few", 0.1, 19]
    assert modelled.value("select count(*) from codesearch.alert") == 0


def test_the_series_has_every_check(modelled):
    _ask(modelled, [9.0] * 100)
    _check(modelled)
    _ask(modelled, [None] * 100)
    _check(modelled)
    series = modelled.rows(
        "select state, value, threshold, hard_threshold from codesearch.drift_measure"
        " where measure = 'miss_rate' order by measured_at"
    )
    assert series == [("ok", 0, 0.15, 0.25), ("hard", 0.5, 0.15, 0.25)]


def test_nothing_to_measure_is_no_error(database):
    assert _check(database) == {}
    steps = dict(database.rows("select step, outcome from codesearch.run_maintenance() where ok"))
    assert steps["drift"] == "nothing to measure"
    database.rows("select codesearch.add_model('small', %s, 16, '{}')", (DIMENSION,))
    assert {state for state, *_ in _check(database).values()} == {"too few"}


def test_maintenance_measures_and_says_so(modelled):
    _ask(modelled, [None] * 100)
    steps = {step: (ok, outcome) for step, ok, outcome in
             modelled.rows("select step, ok, outcome from codesearch.run_maintenance()")}  # fmt: skip
    assert steps["drift"] == (
        True,
        "asked classes: too few; asked distance: too few; asked words: too few; miss rate: hard 1.000;"
        " neighbour similarity: too few; pass rate: hard 0.000; 2 alerts wait",
    )


def test_a_baseline_outlives_the_series(modelled):
    """What is older than its retention goes, save the newest measure and the newest alert of each kind."""
    _set(modelled, min_texts=20)
    _write(modelled, [f"old_{n}" for n in range(20)], spread=0.1)
    _ask(modelled, [None] * 100)
    before = _check(modelled)["neighbour_similarity"]
    _check(modelled)
    modelled.rows("update codesearch.drift_measure set measured_at = measured_at - interval '91 days'")
    modelled.rows("update codesearch.alert set raised_at = raised_at - interval '91 days'")
    assert modelled.value("select codesearch.prune_logs()") == 5
    assert _check(modelled)["neighbour_similarity"] == before
    assert modelled.value("select count(*) from codesearch.alert") == 2


def test_who_may_see_drift(modelled):
    _ask(modelled, [None] * 100)
    _check(modelled)
    forbidden = [
        "select * from codesearch.check_drift()",
        "select * from codesearch.drift_status",
        "select * from codesearch.drift_measure",
        "select * from codesearch.alert",
        "select * from codesearch.claim_alerts()",
        "select codesearch.settle_alerts('{1,2}')",
        "select * from codesearch.search_drift(1)",
        "select codesearch.raise_alerts()",
    ]
    roles = ("codesearch_admin", "codesearch_writer", "codesearch_reader", "")
    with temporary_roles(modelled.url, *roles) as (admin, *others):
        for role in others:
            with acting_as(modelled, role) as connection:
                for statement in forbidden:
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(statement)
        with acting_as(modelled, admin) as connection:
            assert len(connection.execute(forbidden[0]).fetchall()) == 6
            assert len(connection.execute("select * from codesearch.claim_alerts()").fetchall()) == 2
    assert modelled.value("select count(*) from codesearch.alert where posted_at is null") == 2


def test_the_report_prints_states_and_series(modelled):
    command = ["--database", modelled.url, "report", "drift"]
    assert "nothing is measured" in CliRunner().invoke(main, command).output
    _ask(modelled, [None] * 100)
    _evaluate(modelled, 0.8)
    _check(modelled)
    _check(modelled)
    printed = CliRunner().invoke(main, command).output
    assert "mrr dev" in printed
    assert "miss rate is hard: 1.000 (soft from 0.150" in " ".join(printed.split())
    report = json.loads(CliRunner().invoke(main, [*command, "--json"]).output)
    assert {row["measure"]: row["state"] for row in report["status"]}["pass_rate"] == "hard"
    assert [row["state"] for row in report["series"] if row["measure"] == "mrr"] == ["ok", "ok"]
    assert [row["posted_at"] for row in report["alerts"]] == [None, None]
    modelled.rows("update codesearch.drift_measure set measured_at = measured_at - interval '3 days'")
    shorter = json.loads(CliRunner().invoke(main, [*command, "--json", "--days", "2"]).output)
    assert shorter["series"] == []
    assert len(shorter["status"]) == 7
