"""A training run whose row and metrics are kept in a database."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import Any

import psycopg

from pgcodesearch.database import connect
from pgcodesearch.training import runs
from pgcodesearch.training.config import TrainConfig
from pgcodesearch.training.distributed import started_rank
from pgcodesearch.training.metrics import JsonLinesSink, PostgresSink, to_all
from pgcodesearch.training.train import train


def train_recorded(database: str | None, config: TrainConfig) -> dict[str, Any]:
    """Run the config to its end as :func:`pgcodesearch.training.train.train`; the run's row says how it went.

    A run that was killed goes on, in its files and in its row. Of several processes the first has the row.
    """
    if started_rank():
        return train(config)

    def open_connection() -> psycopg.Connection[Any]:
        return connect(database, autocommit=True)

    told = dataclasses.asdict(config) | {"output": str(Path(config.output).absolute())}
    with open_connection() as connection:
        run_id = runs.begin_alone(connection, config.model, told)
    sink = PostgresSink(open_connection, run_id)
    try:
        result = train(config, to_all(JsonLinesSink(Path(config.output) / "metrics.jsonl"), sink))
    except Exception as error:
        with contextlib.suppress(psycopg.Error), open_connection() as connection:
            runs.finish(connection, run_id, "failed", str(error) or type(error).__name__)
        raise
    finally:
        sink.close()
    with open_connection() as connection:
        reason = f"validation MRR@10 {result['base_mrr']:.4f} before, {result['best_mrr']:.4f} at best"
        runs.note(connection, run_id, "alone", result=result)
        runs.finish(connection, run_id, "trained", reason)
    return result | {"run_id": run_id}
