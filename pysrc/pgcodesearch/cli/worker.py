"""pgcodesearch worker."""

from __future__ import annotations

import click

from pgcodesearch.cli._context import database


@click.command("worker")
@click.option(
    "--processes", type=click.IntRange(1, 256), default=1, show_default=True, help="Worker processes."
)
@click.option(
    "--stages",
    type=click.Choice(["chunk", "embed", "chunk,embed"]),
    default="chunk,embed",
    show_default=True,
    help="What to work on; embedding is what needs the CPU.",
)
@click.option("--once", is_flag=True, help="End when no job is due.")
@click.option("--poll", metavar="SECONDS", type=click.FloatRange(0.05, 60), default=1.0, show_default=True,
              help="How often to look for jobs when no notification comes.")  # fmt: skip
@click.option("--step-limit", metavar="SECONDS", type=click.IntRange(min=1), default=300, show_default=True,
              help="Longest time for parsing a group of files or embedding a round of texts.")  # fmt: skip
@click.option("--max-memory", metavar="MB", type=click.IntRange(min=200), default=2000, show_default=True,
              help="Replace a process that has grown beyond this.")  # fmt: skip
def command(processes: int, stages: str, once: bool, poll: float, step_limit: int, max_memory: int) -> None:
    """Chunk and embed what changes in the database, whoever changes it, until stopped.

    Any number of workers may run, on any machine that reaches the database. SIGTERM and Ctrl-C end it after the step in
    hand; kill -9 loses nothing. What fails five times is listed in codesearch.failed_jobs.
    """
    from pgcodesearch.database import resolve_url
    from pgcodesearch.embedding.threads import available_cpus
    from pgcodesearch.indexing.processes import DaemonOptions
    from pgcodesearch.indexing.supervising import Supervisor, stopped_by_signals

    options = DaemonOptions(
        stages=tuple(stages.split(",")), once=once, threads=max(1, available_cpus() // processes),
        poll_seconds=poll, step_seconds=step_limit, max_megabytes=max_memory,
    )  # fmt: skip
    with stopped_by_signals() as stopped:
        Supervisor(resolve_url(database()), processes, options).run(stopped)
