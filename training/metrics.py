"""Where a run's metrics go: any callable that takes a record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

MetricsSink = Callable[[dict[str, Any]], None]


class JsonLinesSink:
    """Appends each record to a file as a line of JSON, so that a killed run keeps what it wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, record: dict[str, Any]) -> None:
        """Write one record."""
        with self.path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(record) + "\n")


def to_all(*sinks: MetricsSink) -> MetricsSink:
    """One sink that hands each record to several."""

    def send(record: dict[str, Any]) -> None:
        for sink in sinks:
            sink(record)

    return send
