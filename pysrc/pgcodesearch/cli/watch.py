"""pgcodesearch watch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pgcodesearch.cli._context import database
from pgcodesearch.terminal import say


@click.command("watch")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--repository", metavar="NAME", help="Name to index the folder under; default: its own.")
@click.option(
    "--exclude", multiple=True, metavar="PATTERN", help="Leave out, in .gitignore's language; repeatable."
)
@click.option("--include", multiple=True, metavar="PATTERN",
              help="Index although generated, minified, vendored or binary by a guess; repeatable.")  # fmt: skip
@click.option("--max-file-size", metavar="BYTES", type=click.IntRange(min=1), default=1_000_000, show_default=True,
              help="Skip larger files.")  # fmt: skip
@click.option("--processes", type=click.IntRange(0, 256), default=1, show_default=True,
              help="Worker processes to start; 0 where workers run elsewhere.")  # fmt: skip
def command(
    path: Path, repository: str | None, exclude: tuple[str, ...], include: tuple[str, ...], max_file_size: int,
    processes: int,
) -> None:  # fmt: skip
    """Keep the index in line with a folder: what is saved is searchable a moment later. Ends with Ctrl-C.

    What git ignores, and --exclude names, is left out. Without inotify watches to spare the folder is polled.
    """
    from pgcodesearch.embedding.threads import available_cpus
    from pgcodesearch.indexing.naming import WrongFolder, check_names, name_folders
    from pgcodesearch.indexing.preparing import open_database
    from pgcodesearch.indexing.processes import DaemonOptions
    from pgcodesearch.indexing.sieve import Selection
    from pgcodesearch.indexing.supervising import Supervisor, stopped_by_signals
    from pgcodesearch.indexing.watching import WatchOptions, watch
    from pgcodesearch.sharding.coordinator import shard_url

    try:
        ((name, root),) = name_folders([path], repository)
    except WrongFolder as error:
        raise click.UsageError(str(error)) from error
    url, connection = open_database(database())
    with connection:
        if repository is None:
            check_names(connection, [(name, root)])
        url = shard_url(connection, name, place=True) or url
    options = WatchOptions(name, root, Selection(exclude, include, max_file_size))
    threads = max(1, available_cpus() // max(processes, 1))
    supervisor = Supervisor(url, processes, DaemonOptions(threads=threads))
    with stopped_by_signals() as stopped:
        try:
            supervisor.start()
            watch(url, options, stopped, lambda result: _tell(name, result), supervisor.collect)
        finally:
            supervisor.stop()


def _tell(name: str, result: Any) -> None:
    if result.changed or result.removed:
        say(f"{name}: {result.changed} changed, {result.removed} removed")
