"""The weekly report: seven days beside the seven before, as rows, as a page, as Markdown."""

import json
from html.parser import HTMLParser

import pytest
from psycopg.types.json import Jsonb

from support.commands import call, call_json
from support.searches import ask

_HOSTILE = "<script>alert('x')</script> & `code` | \"quotes\""


@pytest.fixture
def fortnight(database):
    """Ten searches a week ago, of which one was used, and eight this week, of which four were."""
    database.rows("select codesearch.add_model('small', 8, 16, '{}')")
    for number in range(10):
        ask(database, f"old question {number}", days=8 + number / 3, confidence=0.02 if number < 4 else 0.8,
            used="click" if number == 9 else None, latency=20)  # fmt: skip
    for number in range(8):
        ask(database, _HOSTILE if number < 3 else f"new question {number}", days=number / 2,
            confidence=0.05 if number == 0 else 0.9, used=["copy", "click"][number % 2] if number > 3 else None,
            latency=10, score=8)  # fmt: skip
    for days, mrr in ((9, 0.5), (2, 0.6)):
        database.rows(
            "insert into codesearch.evaluation_run (query_set, started_at, model, mode, k, settings, metrics)"
            " values ('dev', now() - make_interval(days => %s), 'small', 'hybrid', 10, '{}', %s)",
            (days, Jsonb({"all": {"mrr": mrr, "queries": 40}})),
        )
        database.rows("insert into codesearch.index_size values (now() - make_interval(days => %s), %s, 1, %s)",
                      (days, 100 - days, 2048 - days))  # fmt: skip
    return database


def _measures(database):
    rows = call_json(database, "report", "weekly")["measures"]
    return {(row["measure"], row["subject"]): row for row in rows}


def test_seven_days_beside_the_seven_before(fortnight):
    found = _measures(fortnight)
    both = {name: (row["value"], row["before"]) for (name, _), row in found.items()}
    assert both["searches"] == (8, 10)
    assert both["miss_rate"] == (1 / 8, 0.4)
    assert both["zero_click_rate"] == (0.5, 0.9)
    assert both["strong_signal_rate"] == (0.25, 0)
    assert both["top_score"] == (8, 9)
    assert both["latency_p95"] == (10, 20)
    assert both["mrr"] == (0.6, 0.5)
    assert both["files"] == (98, 91)
    assert both["index_bytes"] == (2046, 2039)
    assert both["triplets"] == (0, 0)
    assert both["confidence"][0] == pytest.approx((0.05 + 7 * 0.9) / 8)
    queries = found["zero_click_rate", ""]["details"]["queries"]
    assert queries[0] == {"query": _HOSTILE, "searches": 3}
    assert len(queries) == 2


def test_what_is_not_known_is_null(database):
    assert {row["value"] for row in _measures(database).values()} <= {None, 0}
    assert call(database, "report", "weekly").exit_code == 0


def test_drift_of_each_week(fortnight):
    fortnight.rows("select codesearch.change_setting('drift.min_searches', '1')")
    fortnight.rows("update codesearch.query_log set model_version_id = 1")
    fortnight.rows("select * from codesearch.check_drift()")
    fortnight.rows("update codesearch.drift_measure set measured_at = measured_at - interval '8 days', value = 0.1"
                   " where measure = 'miss_rate'")  # fmt: skip
    fortnight.rows("select * from codesearch.check_drift()")
    row = _measures(fortnight)["drift", "miss_rate"]
    assert (row["value"], row["before"], row["better"]) == (5 / 18, 0.1, "down")
    assert row["details"]["state"] == "hard"
    printed = call(fortnight, "report", "weekly").stdout
    assert "(hard)" in printed
    assert "worse" in printed


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text, self.addresses = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [
            value for name, value in attrs if name in ("src", "href", "action", "style", "onclick")
        ]

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_needs_nothing_beside_it(fortnight, tmp_path):
    target = tmp_path / "week.html"
    assert "report written to" in call(fortnight, "report", "weekly", "--html", target).stdout
    html = target.read_text()
    page = _Page()
    page.feed(html)
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(page.tags)
    assert page.addresses == []
    assert "url(" not in html
    assert "@import" not in html
    assert _HOSTILE in page.text, "shown as it is, and nothing of it is markup"
    assert page.tags.count("svg") == 4
    assert page.tags.count("desc") == 4
    assert html.count("prefers-color-scheme: dark") >= 2
    assert 'name="viewport"' in html
    text = " ".join(" ".join(page.text).split())
    assert "MRR@10 dev 0.600 0.500 +0.100 better" in text
    assert "nothing used 50.0% 90.0% −40.0 points better" in text


def test_markdown_has_the_same(fortnight):
    printed = call(fortnight, "report", "weekly", "--markdown").stdout
    assert "| MRR@10 dev | 0.600 | 0.500 | +0.100 | better |" in printed.replace("\\", "")
    assert "<script>" not in printed
    assert "## Shown, and nothing used" in printed
    assert "## Asked, and nothing found" in printed
    assert call(fortnight, "report", "weekly", "--markdown", "--json").exit_code == 2
    json.dumps(call_json(fortnight, "report", "weekly"))


def test_maintenance_keeps_the_size(database):
    database.rows("select * from codesearch.run_maintenance()")
    files, chunks, size = database.rows("select files, chunks, bytes from codesearch.index_size")[0]
    assert (files, chunks) == (0, 0)
    assert size > 100_000
    database.rows("update codesearch.index_size set measured_at = measured_at - interval '91 days'")
    database.rows("select codesearch.prune_logs()")
    assert database.value("select count(*) from codesearch.index_size") == 0
