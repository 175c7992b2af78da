"""pgcodesearch index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json
from pgcodesearch.terminal import say


@click.command("index")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--repository", metavar="NAME", help="Name to index one PATH under; default: its folder's name."
)
@click.option(
    "--exclude", multiple=True, metavar="PATTERN", help="Leave out, in .gitignore's language; repeatable."
)
@click.option("--include", multiple=True, metavar="PATTERN",
              help="Index although generated, minified, vendored or binary by a guess; repeatable.")  # fmt: skip
@click.option("--max-file-size", metavar="BYTES", type=click.IntRange(min=1), default=1_000_000, show_default=True,
              help="Skip larger files.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 256), help="Worker processes; default: one for each CPU.")
@click.option("--branch", metavar="NAME",
              help="Index this branch, tag or commit without a checkout, searched as NAME@BRANCH.")  # fmt: skip
@click.option(
    "--no-wait", is_flag=True, help="Store and queue changed files; do not wait until they are searchable."
)
@json_option
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[Path, ...], repository: str | None, exclude: tuple[str, ...],
    include: tuple[str, ...], max_file_size: int, jobs: int | None, branch: str | None, no_wait: bool, as_json: bool,
) -> None:  # fmt: skip
    """Index the folders PATH..., each as one repository; only what changed since the last run is read and embedded.

    Search by words works first, vectors follow. Ctrl-C loses nothing: the next run goes on. What git
    ignores is left out; binary, generated, minified, vendored and large files are skipped and counted.
    """
    from pgcodesearch.cli._progress import make_progress
    from pgcodesearch.database import without_password
    from pgcodesearch.embedding.threads import available_cpus
    from pgcodesearch.indexing import IndexOptions, index_folder
    from pgcodesearch.indexing.naming import WrongFolder, check_names, name_folders
    from pgcodesearch.indexing.preparing import open_database
    from pgcodesearch.indexing.sieve import Selection
    from pgcodesearch.sharding.homes import at_home

    try:
        folders = name_folders(paths, repository)
    except WrongFolder as error:
        raise click.UsageError(str(error)) from error
    options = IndexOptions(
        Selection(exclude, include, max_file_size), jobs or available_cpus(), not no_wait, branch
    )
    url, connection = open_database(database())
    reports = []
    with connection:
        if repository is None:
            check_names(connection, folders)
        for name, root in folders:
            try:
                with make_progress(as_json) as progress, at_home(url, connection, name) as (home, own):
                    reports.append(index_folder(own, home, name, root, options, progress))
            except KeyboardInterrupt:
                say("", *_interrupted(url, name), err=True)
                ctx.exit(1)
    if as_json:
        print_json(
            {"database_url": without_password(url), "repositories": [_as_json(report) for report in reports]}
        )
    else:
        for report in reports:
            _print(report, options.wait)
    ctx.exit(1 if any(report.failed or report.embedding_error for report in reports) else 0)


def _interrupted(url: str, name: str) -> tuple[str, ...]:
    """What the user has after Ctrl-C; asked on a connection of its own."""
    from pgcodesearch.searching import Client

    with Client(url) as client:
        state = next(iter(client.freshness(name)), None)
    if state is None:
        return ("interrupted before anything was stored; run the same command again",)
    return (
        f"interrupted: {state.pending_files} files of {name} are still pending,"
        f" {state.vector_coverage:.0%} of its texts have vectors",
        "what is stored is searchable; run the same command again to go on",
    )


def _as_json(report: Any) -> dict[str, Any]:
    sync = report.sync
    ignored = {"files": sync.ignored.files, "folders": len(sync.ignored.folders)}
    return {
        "repository": report.repository, "commit": sync.commit, "seen": sync.seen, "changed": sync.changed,
        "unchanged": sync.unchanged, "removed": sync.removed, "skipped": sync.skipped,
        "ignored": ignored, "notes": sync.notes, "files": report.files,
        "chunks": report.chunks, "commits": report.history.commits, "new_commits": report.history.added,
        "pending_files": report.pending_files, "vector_coverage": report.vector_coverage,
        "failed": report.failed, "embedding_error": report.embedding_error,
        "seconds": {step: round(spent, 3) for step, spent in report.seconds.items()},
    }  # fmt: skip


def _print(report: Any, waited: bool) -> None:
    sync = report.sync
    say(
        f"{report.repository}: {report.files} files, {report.chunks} chunks searchable by words,"
        f" {report.vector_coverage:.0%} of the texts by meaning ({sum(report.seconds.values()):.1f} s)"
    )
    say(
        f"  changed {sync.changed}, removed {sync.removed}"
        + (f", commit {sync.commit[:12]}" if sync.commit else "")
    )
    if report.history.added:
        say(f"  history: {report.history.added} new commits")
    if sync.skipped:
        reasons = sorted(sync.skipped.items(), key=lambda item: (-item[1], item[0]))
        say("  skipped " + ", ".join(f"{count} {reason}" for reason, count in reasons))
    if sync.ignored.files or sync.ignored.folders:
        say(f"  ignored, as .gitignore says: {_ignored(sync.ignored)}")
    for note in sync.notes:
        say(f"  {note}", err=True)
    if report.embedding_error:
        say(f"  not embedded: {report.embedding_error}", err=True)
        say(
            f"  search by words works; {report.pending_files} files wait for vectors, and the next run goes on",
            err=True,
        )
    elif report.pending_files and not report.failed:
        hint = "" if waited else "; index without --no-wait, or a worker, makes them searchable"
        say(f"  {report.pending_files} files are pending{hint}")
    for failure in report.failed[:20]:
        say(f"  failed {failure['path']}: {failure['error'].splitlines()[0]}", err=True)
    if report.failed:
        say(f"  {len(report.failed)} files failed; the next run tries them again", err=True)


def _ignored(ignored: Any) -> str:
    """How much is left out, and the first folders, which are not looked into."""
    parts = [f"{ignored.files} files"] if ignored.files else []
    if ignored.folders:
        names = ", ".join(ignored.folders[:3]) + (", …" if len(ignored.folders) > 3 else "")
        parts.append(f"{len(ignored.folders)} folders ({names})")
    return ", ".join(parts)
