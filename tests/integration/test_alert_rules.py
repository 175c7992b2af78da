"""The alert rules and the dashboard that ship: each rule fires and clears, in Prometheus; both ask for what exists."""

import json
import re
import threading

import pytest

from pgcodesearch.operating.metrics import DASHBOARD, RULES, Metrics, MetricsServer, monitoring_file
from support.commands import call
from support.prometheus import prometheus, promtool
from support.tenants import fill_tenants
from support.workers import wait_until

_PLACE = 'instance="db:9643",job="pgcodesearch"'
_LATENCY = "pgcodesearch_search_latency_seconds_bucket"
# What a healthy database says, minute by minute; a rule's test changes some of it.
_HEALTHY = {
    "up": "1x200",
    "pgcodesearch_repositories": "3x200",
    "pgcodesearch_model_info|model=m,status=active": "1x200",
    "pgcodesearch_drift_state|measure=pass_rate": "0x200",
    "pgcodesearch_drift_state|measure=mrr,subject=dev": "0x200",
    "pgcodesearch_drift_state|measure=asked_words": "0x200",
    "pgcodesearch_vector_recall|model=m": "0.98x200",
    "pgcodesearch_vector_recall_minimum": "0.95x200",
    "pgcodesearch_vector_coverage|model=m": "1x200",
    "pgcodesearch_vector_coverage|model=candidate": "0x200",
    "pgcodesearch_failed_jobs|stage=chunk": "0x200",
    "pgcodesearch_failed_jobs|stage=embed": "0x200",
    "pgcodesearch_queue_depth|stage=chunk": "40x200",
    "pgcodesearch_queue_depth|stage=embed": "0x200",
    "pgcodesearch_workers": "2x200",
    "pgcodesearch_freshness_lag_seconds": "20x200",
    f"{_LATENCY}|cached=false,le=0.05": "0+60x200",
    f"{_LATENCY}|cached=false,le=1": "0+60x200",
    f"{_LATENCY}|cached=false,le=+Inf": "0+60x200",
    "pgcodesearch_maintenance_timestamp_seconds": "0+60x200",
    "pgcodesearch_maintenance_failed_steps": "0x200",
    "pgcodesearch_rerank_calls_today": "20x200",
    "pgcodesearch_rerank_failures_today": "3x200",
}
# Bad from minute 20 to 100: which alerts fire at minute 90, and no longer at 150.
_BAD = {
    "PgcodesearchDown": {"up": "1x20 0x80 1x100"},
    "PgcodesearchNoModel": {"pgcodesearch_model_info|model=m,status=active": "1x19 _x80 1x100"},
    "PgcodesearchPassRateLow": {"pgcodesearch_drift_state|measure=pass_rate": "0x19 1x80 0x100"},
    "PgcodesearchDriftSoft": {"pgcodesearch_drift_state|measure=mrr,subject=dev": "0x19 1x80 0x100"},
    "PgcodesearchDriftHard": {"pgcodesearch_drift_state|measure=mrr,subject=dev": "0x19 2x80 0x100"},
    "PgcodesearchAskedShift": {"pgcodesearch_drift_state|measure=asked_words": "0x19 2x80 0x100"},
    "PgcodesearchRecallLow": {"pgcodesearch_vector_recall|model=m": "0.98x19 0.9x80 0.97x100"},
    "PgcodesearchVectorsMissing": {"pgcodesearch_vector_coverage|model=m": "1x19 0.6x80 1x100"},
    "PgcodesearchFailedJobs": {"pgcodesearch_failed_jobs|stage=embed": "0x19 3x80 0x100"},
    "PgcodesearchNoWorker": {"pgcodesearch_workers": "2x19 0x80 1x100"},
    "PgcodesearchStale": {"pgcodesearch_freshness_lag_seconds": "20x19 3600x80 5x100"},
    "PgcodesearchSlow": {f"{_LATENCY}|cached=false,le=0.05": "0+60x19 1140x80 1140+60x100"},
    "PgcodesearchMaintenanceLate": {
        "pgcodesearch_maintenance_timestamp_seconds": "0+60x19 -28800x80 6000+60x100"
    },
    "PgcodesearchMaintenanceFailed": {"pgcodesearch_maintenance_failed_steps": "0x19 2x80 0x100"},
    "PgcodesearchRerankFailing": {"pgcodesearch_rerank_failures_today": "3x19 15x80 3x100"},
}


def _alerts():
    return re.findall(r"^ +- alert: (\w+)$", monitoring_file(RULES), re.MULTILINE)


def _series(changes):
    def labelled(key):
        name, _, labels = key.partition("|")
        pairs = [f'{pair.split("=")[0]}="{pair.split("=")[1]}"' for pair in labels.split(",") if pair]
        return f"{name}{{{','.join([_PLACE, *pairs])}}}"

    values = _HEALTHY | changes
    return [
        {"series": labelled(key), "values": " ".join(_steps(part) for part in value.split())}
        for key, value in values.items()
    ]


def _steps(part):
    """promtool's 5x3 is 5 four times: it repeats after the first."""
    start, _, times = part.rpartition("x")
    return f"{start}{'' if '+' in start or start == '_' else '+0'}x{times}"


def _expected(names, minute):
    return {
        "expr": "count by (alertname) (ALERTS{alertstate='firing'})",
        "eval_time": f"{minute}m",
        "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(names)],
    }


def test_each_alert_fires_and_clears(tmp_path):
    assert sorted(_BAD) == sorted(_alerts())
    assert len(_BAD) == 15
    tests = [{"interval": "1m", "input_series": _series({}), "promql_expr_test": [_expected([], 90)]}]
    for name, changes in _BAD.items():
        tests.append({
            "interval": "1m", "input_series": _series(changes),
            "promql_expr_test": [_expected([], 15), _expected([name], 95), _expected([], 150)],
        })  # fmt: skip
    (tmp_path / "rules.yml").write_text(monitoring_file(RULES))
    (tmp_path / "tests.yml").write_text(json.dumps({"rule_files": ["rules.yml"], "tests": tests}))
    promtool("check", "rules", tmp_path / "rules.yml")
    promtool("test", "rules", tmp_path / "tests.yml")


@pytest.fixture
def tenants(database):
    with database.connect() as connection:
        fill_tenants(connection)
    return database


@pytest.fixture
def served(tenants):
    """The address at which the metrics of `tenants` are served."""
    server = MetricsServer(Metrics(tenants.url), 0)
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield server.url.removeprefix("http://").removesuffix("/metrics")
    server.stop()
    thread.join()


def test_prometheus_scrapes_and_alerts(tenants, served, tmp_path):
    # As they ship, but for how long something has to last.
    rules = re.sub(r"for: \d+m", "for: 1s", monitoring_file(RULES))
    assert rules.count("for: 1s") == len(_alerts())
    for name in ("rules", "data"):
        (tmp_path / name).mkdir(exist_ok=True)
    with prometheus(tmp_path, served, rules) as server:
        wait_until(lambda: server.query("pgcodesearch_failed_jobs"), "the first scrape")
        assert server.query("pgcodesearch_repositories")[0]["value"][1] == "2"
        assert "PgcodesearchFailedJobs" not in server.firing()
        tenants.rows("update codesearch.index_job set state = 'failed'")
        wait_until(lambda: "PgcodesearchFailedJobs" in server.firing(), "the alert")
        tenants.rows("select codesearch.retry_failed_jobs()")
        tenants.rows("alter schema codesearch rename to elsewhere")
        wait_until(lambda: "PgcodesearchDown" in server.firing(), "the alert that nothing is scraped")
        tenants.rows("alter schema elsewhere rename to codesearch")
        wait_until(lambda: not server.firing() & {"PgcodesearchFailedJobs", "PgcodesearchDown"}, "their end")
        # Everything that the dashboard shows is a question that Prometheus understands.
        for expression in _dashboard_expressions():
            server.query(expression)


def _dashboard():
    return json.loads(monitoring_file(DASHBOARD))


def _dashboard_expressions():
    texts = [target["expr"] for panel in _dashboard()["panels"] for target in panel.get("targets", [])]
    return [text.replace("$__rate_interval", "5m").replace("$instance", ".*") for text in texts]


def test_dashboard_and_rules_ask_for_what_exists(database):
    families = dict(database.rows("select name, type from codesearch.metric_families()"))
    samples = {
        name + suffix
        for name, kind in families.items()
        for suffix in (("_bucket", "_sum", "_count") if kind == "histogram" else ("",))
    }
    names = re.compile(r"\bpgcodesearch_\w+")
    shown = {name for text in _dashboard_expressions() for name in names.findall(text)}
    assert shown <= samples
    # And what there is, is shown.
    assert {name for name, kind in families.items() if kind != "histogram"} <= shown
    assert _LATENCY in shown
    assert set(names.findall(monitoring_file(RULES))) <= samples
    panels = [panel for panel in _dashboard()["panels"] if panel["type"] != "row"]
    assert len({panel["id"] for panel in _dashboard()["panels"]}) == len(_dashboard()["panels"])
    assert all(panel["datasource"]["uid"] == "${datasource}" and panel["targets"] for panel in panels)


def test_metrics_are_named_as_prometheus_wants_them(tenants):
    promtool("check", "metrics", text=tenants.value("select codesearch.metrics_text()"))


def test_the_command_prints_what_ships(database):
    assert call(database, "metrics", "--rules").stdout == monitoring_file(RULES)
    assert json.loads(call(database, "metrics", "--dashboard").stdout) == _dashboard()
