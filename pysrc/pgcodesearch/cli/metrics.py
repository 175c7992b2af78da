"""pgcodesearch metrics."""

from __future__ import annotations

import click

from pgcodesearch.cli._context import database
from pgcodesearch.terminal import say


@click.command("metrics")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=9643, show_default=True, help="Port on 127.0.0.1."
)
@click.option("--once", is_flag=True, help="Print the metrics and end.")
@click.option("--rules", is_flag=True, help="Print the alert rules for Prometheus and end.")
@click.option("--dashboard", is_flag=True, help="Print the dashboard for Grafana and end.")
def command(port: int, once: bool, rules: bool, dashboard: bool) -> None:
    """Serve metrics for Prometheus at http://127.0.0.1:9643/metrics, to this machine alone.

    All numbers are rows of the view codesearch.metric, for roles with pg_monitor or codesearch_admin, and
    codesearch.metrics_text() gives the same text.
    """
    from pgcodesearch.operating.metrics import DASHBOARD, RULES, Metrics, MetricsServer, monitoring_file

    if rules or dashboard:
        say(*monitoring_file(RULES if rules else DASHBOARD).splitlines())
        return
    metrics = Metrics(database())
    if once:
        try:
            say(*metrics.text().splitlines())
        finally:
            metrics.close()
        return
    server = MetricsServer(metrics, port)
    say(f"metrics are served at {server.url}")
    server.serve()
