"""Debian's Prometheus: its rule tester, and a server of it on a free port of this machine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.workers import wait_until


def program(name: str) -> str:
    """Where prometheus or promtool is; the test is skipped where docker/install-server.sh was not run."""
    found = shutil.which(name)
    if found is None:
        reason = f"docker/install-server.sh --with-test-tools was not run: missing {name}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def promtool(*arguments: str | Path, text: str | None = None) -> None:
    """Run promtool; it must find nothing wrong."""
    done = subprocess.run(
        [program("promtool"), *map(str, arguments)], input=text, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass
class Prometheus:
    """A running server."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples of an instant query; an expression that is wrong is an HTTP error."""
        return list(self._get("query", query=expression)["result"])

    def firing(self) -> set[str]:
        """Names of the alerts that fire."""
        return {
            alert["labels"]["alertname"]
            for alert in self._get("alerts")["alerts"]
            if alert["state"] == "firing"
        }

    def healthy_targets(self) -> int:
        """How many targets answered the last scrape."""
        return sum(target["health"] == "up" for target in self._get("targets")["activeTargets"])

    def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        address = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(address, timeout=20) as response:
            return dict(json.load(response)["data"])


@contextmanager
def prometheus(folder: Path, target: str, rules: str) -> Iterator[Prometheus]:
    """A server that scrapes ``target`` (host:port) and evaluates these rules, each once a second."""
    port = _free_port()
    (folder / "rules.yml").write_text(rules)
    configuration = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(folder / "rules.yml")],
        "scrape_configs": [{"job_name": "pgcodesearch", "static_configs": [{"targets": [target]}]}],
    }
    # JSON is YAML.
    (folder / "prometheus.yml").write_text(json.dumps(configuration))
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [program("prometheus"), f"--config.file={folder / 'prometheus.yml'}",
             f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}"],
            stdout=log, stderr=log,
        )  # fmt: skip
    server = Prometheus(f"http://127.0.0.1:{port}")
    try:
        wait_until(lambda: _answers(server), "Prometheus")
        yield server
    finally:
        process.terminate()
        process.wait(60)


def _answers(server: Prometheus) -> bool:
    try:
        return server.healthy_targets() == 1
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
