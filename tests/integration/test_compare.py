"""compare: both models through codesearch.search, differences stored, and the gate's verdict kept either way."""

import json

import pytest

from support.commands import call, call_json, installed_database
from support.models import model_folder

TOPICS = ("redirects", "cookies", "timeouts", "proxies", "retries", "headers")


@pytest.fixture(scope="module")
def judged(server_url, tmp_path_factory):
    """A judged query for each of some functions, and a second model whose query prefix asks for cookies, always."""
    with installed_database(server_url) as database:
        folder = tmp_path_factory.mktemp("code")
        lines = []
        for topic in TOPICS:
            (folder / f"{topic}.py").write_text(
                f"def send(response):\n    return response.{topic}.apply(response)\n"
            )
            lines.append(json.dumps({
                "id": topic, "query": f"apply {topic}", "repository": "demo", "category": topic[0],
                "relevant": [{"path": f"{topic}.py", "start_line": 1, "end_line": 2, "grade": 3}],
            }))  # fmt: skip
        # Of the words of this query its file has none: what a model makes of them decides.
        (folder / "sorting.py").write_text("def arrange(items):\n    return sorted(items)\n")
        lines.append(json.dumps({
            "id": "meant", "query": "put numbers into ascending order", "repository": "demo", "category": "meant",
            "relevant": [{"path": "sorting.py", "start_line": 1, "end_line": 2, "grade": 3}],
        }))  # fmt: skip
        call_json(database, "index", folder, "--repository", "demo")
        queries = folder / "queries.jsonl"
        queries.write_text("\n".join(lines))
        call_json(database, "eval", "import", queries)
        models = tmp_path_factory.mktemp("models")
        call_json(
            database, "models", "add",
            model_folder(models, "worse", query="apply cookies to the response " * 20),
        )  # fmt: skip
        call_json(database, "models", "backfill", "worse")
        (shipped,) = database.rows("select name from codesearch.model_version where status = 'active'")
        yield database, shipped[0]


def test_who_wins_where(judged):
    database, shipped = judged
    report = call_json(database, "compare", shipped, "worse")
    rows = {row["category"]: row for row in report["rows"]}
    assert set(rows) == {"all", "meant", *(topic[0] for topic in TOPICS)}
    total = rows["all"]
    assert (total["queries"], total["wins"], total["losses"]) == (7, 0, 1)
    assert total["difference"] == pytest.approx(total["candidate"] - total["baseline"], abs=1e-5)
    assert total["low"] < total["difference"] < total["high"] == 0
    assert rows["meant"]["difference"] == pytest.approx(7 * total["difference"], abs=1e-5)
    assert [model["artefact_bytes"] > 1_000_000 for model in report["models"]] == [True, True]
    assert report["gate"] is None
    stored = database.rows(
        "select baseline, candidate, verdict, differences -> 'all' -> 'queries' from codesearch.model_comparison"
        " where comparison_id = %s", (report["comparison_id"],)
    )  # fmt: skip
    assert stored == [(shipped, "worse", None, 7)]
    sure = "select count(*) from codesearch.evaluation_result, jsonb_array_elements(results) r where r ? 'confidence'"
    assert database.value(sure) > 0
    for alone in report["found_by_one"]:
        assert alone["model"] in (shipped, "worse")
        assert alone["confidence"] > 0.5
        assert (alone["other_confidence"] or 0) < 0.3
    assert database.value("select count(*) from codesearch.query_log") == 0, (
        "evaluations are no use to learn from"
    )


def test_one_model_alone(judged):
    database, _ = judged
    report = call_json(database, "models", "evaluate", "worse")
    assert (report["model"], report["metrics"]["all"]["queries"]) == ("worse", 7)


def test_a_refusal_is_kept_and_bars_activation(judged):
    database, shipped = judged
    refused = call(database, "compare", shipped, "worse", "--gate", "--min-gain", "0.9")
    assert refused.exit_code == 1, refused.output
    assert "refuse: the mean falls" in refused.output
    verdict, reason = database.rows(
        "select verdict, reason from codesearch.model_comparison order by comparison_id desc limit 1"
    )[0]
    assert (verdict, "+0.9000 is asked" in reason) == ("refuse", True)
    barred = call(database, "models", "activate", "worse")
    assert barred.exit_code == 1
    assert reason in barred.stderr
    promoted = call_json(database, "compare", "worse", shipped, "--gate", "--min-gain", "-1")
    assert promoted["gate"]["promote"], promoted
    assert (
        database.value("select status from codesearch.model_version where name = %s", (shipped,)) == "active"
    )


def test_what_may_be_worse_is_refused_and_a_later_comparison_can_lift_it(judged):
    """One query of seven lost: where the mean may fall as far as that, the lower end of its interval may not."""
    database, shipped = judged
    asked = ("compare", shipped, "worse", "--gate", "--min-gain", "-1", "--max-category-drop", "1")
    status = "select status from codesearch.model_version where name = 'worse'"
    refused = call(database, *asked)
    assert (refused.exit_code, "refuse: it may be worse" in refused.output) == (1, True), refused.output
    assert database.value(status) == "refused"
    # It finds all that the other finds, if later in the list.
    lifted = call(database, *asked, "--metric", "hit")
    assert (lifted.exit_code, database.value(status)) == (0, "candidate"), lifted.output


@pytest.mark.parametrize(
    ("arguments", "part"),
    [(("worse", "worse"), "with itself"), (("worse", "nowhere"), "nowhere"), (("worse", "?", "--set", "none"), "none")],
)  # fmt: skip
def test_what_cannot_be_compared(judged, arguments, part):
    database, shipped = judged
    result = call(database, "compare", *(shipped if word == "?" else word for word in arguments))
    assert result.exit_code == 1
    assert part in result.output
