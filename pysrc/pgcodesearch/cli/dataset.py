"""pgcodesearch dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import console, print_json, print_table
from pgcodesearch.extras import require_extra
from pgcodesearch.terminal import visible

if TYPE_CHECKING:
    from pgcodesearch.training.dataset import DatasetReport

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN = 5


@click.command("dataset")
@click.option(
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Folder to write: train/, validation/, test/, report.json, sample.md.",
)
@click.option(
    "--repository",
    "repositories",
    multiple=True,
    metavar="GLOB",
    help="Only these indexed repositories; may be repeated.",
)
@click.option(
    "--from",
    "sources",
    type=click.Choice(["repositories", "feedback", "both"]),
    default="both",
    show_default=True,
    help="What the code says of itself, what was searched and used, or both.",
)
@click.option(
    "--exclude",
    type=_FILE,
    multiple=True,
    metavar="NAMES.txt",
    help="More names of repositories and packages that may never be training data, one a line.",
)
@click.option(
    "--no-default-exclude",
    is_flag=True,
    help="Allow the names that quality is measured on, which are excluded by default.",
)
@click.option(
    "--forbidden",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    metavar="CODE.json|FOLDER",
    help="Leave out code nearly like this: a JSON object whose keys are code, or a folder of sources.",
)
@click.option(
    "--hard-negatives",
    type=click.IntRange(0, 100),
    default=15,
    show_default=True,
    help="Negatives of a pair at most.",
)
@click.option(
    "--held-out",
    type=click.FloatRange(0, 0.9),
    default=0.2,
    show_default=True,
    help="Share for validation and test together.",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=2000,
    show_default=True,
    help="Pairs of one repository at most.",
)
@click.option(
    "--commits",
    type=click.IntRange(0),
    default=300,
    show_default=True,
    help="Newest commits read of one repository.",
)
@click.option(
    "--shard-rows", type=click.IntRange(1), default=20_000, show_default=True, help="Pairs of one file."
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Another seed splits and draws otherwise."
)
@click.option("--overwrite", is_flag=True, help="Replace a dataset that is in the folder already.")
@json_option
def command(exclude: tuple[Path, ...], no_default_exclude: bool, as_json: bool, **options: Any) -> None:  # fmt: skip
    """Make training pairs from indexed repositories and from what was searched and used.

    Repositories give documentation, comments, names, Markdown and commit messages, each with the code it is about;
    the log gives queries with the result that was copied, accepted, read or clicked. Secrets, tests, generated and
    vendored code, near-duplicates and excluded packages are left out. Hard negatives come from the same file and from
    the active model's own vector leg. Whole repositories are held out for validation and test.
    """
    require_extra("train", "pyarrow")
    from pgcodesearch.database import connect
    from pgcodesearch.training.dataset import DatasetOptions, build_dataset
    from pgcodesearch.training.dataset.options import DEFAULT_EXCLUSIONS

    names = exclude if no_default_exclude else (DEFAULT_EXCLUSIONS, *exclude)
    wanted = DatasetOptions(exclude=names, **options)
    with connect(database(), autocommit=True) as connection, _Progress(as_json) as progress:
        report = build_dataset(connection, wanted, progress.show)
    if as_json:
        print_json(report.as_dict())
    else:
        _print(report, wanted.output)


def _print(report: DatasetReport, folder: Path) -> None:
    shown = report.as_dict()
    total = sum(report.pairs.values())
    console().print(
        f"{total:,} pairs in {report.shards} files under {folder}: "
        + ", ".join(f"{report.pairs[split]:,} {split}" for split in ("train", "validation", "test"))
        + f" (split by {report.split_by}); {shown['negatives_of_a_pair']} negatives a pair"
    )
    for title, key in (("source", "by_source"), ("language", "by_language"), ("left out", "filtered"),
                       ("candidates for negatives", "negatives")):  # fmt: skip
        if shown[key]:
            print_table(
                [{title: name, "count": count} for name, count in shown[key].items()], [title, "count"]
            )
    columns = ["train", "validation", "test"]
    largest = sorted(report.by_repository.items(), key=lambda item: -item[1].total())
    rows = [
        {"repository": visible(name)} | {split: counts[split] for split in columns}
        for name, counts in largest
    ]
    print_table(rows[:20], ["repository", *columns])
    if len(rows) > 20:
        console().print(f"and {len(rows) - 20} more repositories")
    if report.excluded_repositories:
        console().print("excluded repositories: " + ", ".join(map(visible, report.excluded_repositories)))
    for item in report.sample[:_SHOWN]:
        console().print(
            f"  {visible(item['query'])}  ->  {visible(item['path'])} {visible(item['symbol'])}",
            overflow="fold",
        )
    for note in report.notes:
        console().print(f"note: {note}")
    console().print(f"read {folder / 'sample.md'} before training on it")


class _Progress:
    """One bar on a terminal, for the stage that runs; nothing elsewhere."""

    def __init__(self, quiet: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        screen = console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=screen, transient=True, disable=quiet or not screen.is_terminal,
        )  # fmt: skip
        self._stage = ""

    def __enter__(self) -> _Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, stage: str, done: int, total: int) -> None:
        """Move the stage's bar; another stage takes its place."""
        if stage != self._stage:
            for task in self._bar.task_ids:
                self._bar.remove_task(task)
            self._bar.add_task(visible(stage), total=total)
            self._stage = stage
        self._bar.update(self._bar.task_ids[0], completed=done, total=total)
