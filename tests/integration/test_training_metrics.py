"""Metrics of a run reach Postgres, also over a connection that is lost meanwhile; and the plot shows them."""

import math
import xml.etree.ElementTree as ElementTree

import pytest

from pgcodesearch.training.metrics import PostgresSink
from support.commands import call, call_json


@pytest.fixture
def run_id(database) -> int:
    return database.value("insert into codesearch.training_run (base_model) values ('tiny') returning run_id")


def _record(step: int, **more: float) -> dict[str, float]:
    return {"step": step, "loss": 1 / step, "positive_cosine": 0.5, "negative_cosine": 0.1, "margin": 0.4,
            "violation_rate": 0.2, "learning_rate": 1e-5, "gradient_norm": 1.0, "seconds": 2.0} | more  # fmt: skip


def _steps(database) -> list[int]:
    return [step for (step,) in database.rows("select step from codesearch.training_metric order by step")]


def test_a_lost_connection_loses_no_record(database, run_id, capsys):
    opened = []

    def connect():
        if len(opened) == 1:
            opened.append(None)
            raise ConnectionError("the server is away")
        opened.append(database.connect())
        return opened[-1]

    sink = PostgresSink(connect, run_id)
    sink(_record(100))
    database.rows("select pg_terminate_backend(%s)", (opened[0].info.backend_pid,))
    sink(_record(200))  # the connection turns out to be gone
    sink(_record(300))  # the server is away
    assert _steps(database) == [100]
    assert capsys.readouterr().err.count("metrics wait") == 2
    sink(_record(400))
    assert _steps(database) == [100, 200, 300, 400]
    sink.close()


def test_a_step_is_told_in_parts_and_again(database, run_id):
    sink = PostgresSink(database.connect, run_id)
    sink(_record(100))
    sink({"step": 100, "validation_mrr": 0.7})
    sink(_record(100, loss=math.nan))
    sink.close()
    ((loss, mrr),) = database.rows("select loss, validation_mrr from codesearch.training_metric")
    assert math.isnan(loss)
    assert mrr == 0.7


def test_report_prints_and_plots(database, run_id, tmp_path):
    sink = PostgresSink(database.connect, run_id)
    sink({"step": 0, "validation_mrr": 0.2})
    for step in (100, 200, 300):
        sink(_record(step, loss=math.nan if step == 200 else 1 / step))
    sink({"step": 300, "validation_mrr": 0.6})
    sink.close()
    report = call_json(database, "report", "training")
    assert (report["run"]["run_id"], report["run"]["status"]) == (run_id, "running")
    assert [row["step"] for row in report["metrics"]] == [0, 100, 200, 300]
    assert "0.6" in call(database, "report", "training", run_id).output
    target = tmp_path / "run.svg"
    assert call(database, "report", "training", run_id, "--output", target).exit_code == 0
    root = ElementTree.parse(target).getroot()
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"loss", "cosine", "validation MRR@10"} <= texts
    lines = list(root.iter("{http://www.w3.org/2000/svg}polyline"))
    assert len(lines) >= 4
    assert "nan" not in target.read_text()
    assert call(database, "report", "training", run_id, "--output", tmp_path / "run.txt").exit_code == 2


def test_report_of_no_run(database):
    result = call(database, "report", "training")
    assert result.exit_code == 1
    assert "no training run" in result.stderr
    assert call(database, "report", "training", "7").exit_code == 1
