"""pgcodesearch eval: judged queries in, runs through ``codesearch.search``, results out."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._generate import command as generate
from pgcodesearch.cli._judges import agreement, draw
from pgcodesearch.cli._output import console, print_json, print_json_text, print_table
from pgcodesearch.terminal import say

_SET_COLUMNS = ["query_set", "queries", "no_answer", "repositories"]
_RUN_COLUMNS = [
    "run_id",
    "started_at",
    "query_set",
    "model",
    "mrr",
    "ndcg",
    "precision_1",
    "latency_p50",
    "note",
]

set_option = click.option(
    "--set", "query_set", default="default", show_default=True, help="Set of judged queries."
)


judge_option = click.option(
    "--judge", metavar="NAME", help="The grades of one of two judges; they are a set of their own (SET@NAME)."
)


@click.group("eval")
def command() -> None:
    """Measure search on judged queries."""


@command.command("import")
@click.argument("file", type=click.File("rb"))
@set_option
@click.option("--replace", is_flag=True, help="Remove the set's other queries.")
@judge_option
@json_option
def import_queries(file: IO[bytes], query_set: str, replace: bool, judge: str | None, as_json: bool) -> None:
    """Import judged queries from FILE (JSON Lines; '-' reads standard input).

    A query of the same id is replaced. Nothing is imported when a line is wrong. Places whose grade is null are left
    out, and so are queries where no place has grade 2 or 3 and some have none yet.
    """
    from pgcodesearch.database import connect
    from pgcodesearch.evaluating import store
    from pgcodesearch.evaluating.agreement import judges_set
    from pgcodesearch.evaluating.judgments import read_judgments

    query_set = judges_set(query_set, judge)
    queries, unjudged = read_judgments(file, getattr(file, "name", "input"))
    with connect(database(), autocommit=True) as connection:
        store.save_queries(connection, query_set, queries, replace=replace)
    judgments = sum(len(query.judgments) for query in queries)
    if as_json:
        counts = {"queries": len(queries), "judgments": judgments, "not_judged": len(unjudged)}
        print_json({"set": query_set, **counts})
        return
    say(f"{len(queries)} queries with {judgments} judgments in set {query_set}")
    if unjudged:
        say(
            f"{len(unjudged)} left out, not judged yet: {', '.join(unjudged[:5])}{' …' * (len(unjudged) > 5)}"
        )


@command.command("run")
@set_option
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1000), help="Results of a query.")
@click.option("--mode", default="hybrid", show_default=True, help="As in codesearch.search.")
@click.option("--model", help="Model version; default: the active one.")
@click.option("--repository", help="Only the queries of this repository.")
@click.option("--min-score", type=float, help="As in codesearch.search.")
@click.option("--note", help="Kept with the run.")
@click.option(
    "--encoder",
    type=click.Choice(["table", "model", "none"]),
    help="What embeds the queries: look-up, the model, or nothing; default: what a search uses.",
)
@json_option
def run_queries(query_set: str, as_json: bool, encoder: str | None, **options: Any) -> None:
    """Ask every query of a set through codesearch.search; keep and print the metrics."""
    from rich.progress import Progress

    from pgcodesearch.database import connect
    from pgcodesearch.embedding.stored import load_named, query_embedder
    from pgcodesearch.evaluating import EvaluationOptions, evaluate, store

    with connect(database(), autocommit=True) as connection:
        embedder = None
        if encoder in (None, "model"):
            load = load_named if encoder else query_embedder
            embedder = load(connection, options["model"])
        elif encoder == "none":
            options["mode"] = "lexical"
        with Progress(console=console(stderr=True), transient=True) as bar:
            task = bar.add_task("queries")
            run = evaluate(
                connection, query_set, embedder, EvaluationOptions(**options),
                lambda done, total: bar.update(task, completed=done, total=total),
            )  # fmt: skip
        _show(store.load_run(connection, run.run_id), as_json)


@command.command("show")
@click.argument("run", type=int, required=False)
@json_option
def show_run(run: int | None, as_json: bool) -> None:
    """Print the metrics of RUN again; of the newest without RUN."""
    from pgcodesearch.database import connect
    from pgcodesearch.evaluating import store

    with connect(database(), autocommit=True) as connection:
        _show(store.load_run(connection, run), as_json)


@command.command("export")
@click.option("--run", type=int, help="A run's results; the newest when neither --run nor --set is given.")
@click.option("--set", "query_set", help="A set's judged queries instead.")
@click.option(
    "--for-judging", is_flag=True, help="What a run showed, for somebody to grade and import again."
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File; default: standard output."
)
@judge_option
def export(
    run: int | None, query_set: str | None, for_judging: bool, output: Path | None, judge: str | None
) -> None:
    """Write a run's results, or a set's judged queries, as JSON Lines.

    With --for-judging each query of the run has the places that were shown with their first lines, and grade null where
    nobody has judged them: write 3 (answers), 2 (a part of the answer) or 0, and import the file into the same set.
    """
    from pgcodesearch.database import connect
    from pgcodesearch.evaluating import judging, report, store
    from pgcodesearch.evaluating.agreement import judges_set
    from pgcodesearch.evaluating.judgments import write_judged_queries

    if query_set is not None and (run is not None or for_judging):
        raise click.UsageError("--set goes neither with --run nor with --for-judging")
    if judge is not None and query_set is None:
        raise click.UsageError("--judge goes with --set")
    with connect(database(), autocommit=True) as connection:
        if query_set is not None:
            named = judges_set(query_set, judge)
            lines = list(write_judged_queries(store.load_queries(connection, named)))
        elif for_judging:
            lines = list(judging.judging_lines(connection, store.load_run(connection, run)))
        else:
            lines = list(report.run_lines(store.load_run(connection, run)))
    text = "".join(f"{line}\n" for line in lines)
    if output is None:
        print_json_text(text)
    else:
        output.write_text(text, encoding="utf-8")


@command.command("list")
@json_option
def list_everything(as_json: bool) -> None:
    """List the sets of judged queries and the newest runs."""
    from pgcodesearch.database import connect
    from pgcodesearch.evaluating import store

    with connect(database(), autocommit=True) as connection:
        sets, runs = store.list_sets(connection), store.list_runs(connection)
    if as_json:
        print_json({"sets": sets, "runs": runs})
        return
    print_table([{**row, "repositories": ", ".join(row["repositories"] or [])} for row in sets], _SET_COLUMNS)
    print_table([{**row, "started_at": f"{row['started_at']:%Y-%m-%d %H:%M}"} for row in runs], _RUN_COLUMNS)


command.add_command(generate)
command.add_command(draw)
command.add_command(agreement)


def _show(run: dict[str, Any], as_json: bool) -> None:
    from pgcodesearch.evaluating import report

    if as_json:
        print_json(report.as_json(run))
    else:
        console().print(report.tables(run))
