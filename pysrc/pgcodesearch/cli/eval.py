"""``pgcodesearch eval``: judged queries in, runs through ``codesearch.search``, results out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, Any

import click
from rich.console import Console
from rich.progress import Progress

from pgcodesearch.database import connect
from pgcodesearch.database.errors import mapped_errors
from pgcodesearch.evaluating import report, store
from pgcodesearch.evaluating.judgments import read_judged_queries, write_judged_queries
from pgcodesearch.evaluating.model import load_embedder
from pgcodesearch.evaluating.runner import EvaluationOptions, evaluate

database_option = click.option(
    "--database",
    metavar="URL",
    envvar="PGCODESEARCH_DATABASE_URL",
    help="Database; default: the embedded server.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
set_option = click.option(
    "--set", "query_set", default="default", show_default=True, help="Set of judged queries."
)


@click.group("eval")
def eval_group() -> None:
    """Measure search on judged queries."""


@eval_group.command("import")
@click.argument("file", type=click.File("rb"))
@set_option
@click.option("--replace", is_flag=True, help="Remove the set's other queries.")
@database_option
@json_option
def import_queries(
    file: IO[bytes], query_set: str, replace: bool, database: str | None, as_json: bool
) -> None:
    """Import judged queries from FILE (JSON Lines; '-' reads standard input).

    Nothing is imported when a line is wrong.
    """
    queries = read_judged_queries(file, getattr(file, "name", "input"))
    with mapped_errors(), connect(database, autocommit=True) as connection:
        store.save_queries(connection, query_set, queries, replace=replace)
    judgments = sum(len(query.judgments) for query in queries)
    if as_json:
        click.echo(json.dumps({"set": query_set, "queries": len(queries), "judgments": judgments}))
    else:
        click.echo(f"{len(queries)} queries with {judgments} judgments in set {query_set}")


@eval_group.command("run")
@set_option
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1000), help="Results of a query.")
@click.option("--mode", default="hybrid", show_default=True, help="As in codesearch.search.")
@click.option("--model", help="Model version; default: the active one.")
@click.option("--repository", help="Only the queries of this repository.")
@click.option("--min-score", type=float, help="As in codesearch.search.")
@click.option("--note", help="Kept with the run.")
@click.option("--no-embed", is_flag=True, help="Pass no query embedding.")
@database_option
@json_option
def run_queries(query_set: str, database: str | None, as_json: bool, no_embed: bool, **options: Any) -> None:
    """Ask every query of a set through codesearch.search, and keep and print the metrics."""
    with mapped_errors(), connect(database, autocommit=True) as connection:
        embedder = None if no_embed else load_embedder(connection, options["model"])
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("queries")
            run = evaluate(
                connection, query_set, embedder, EvaluationOptions(**options),
                lambda done, total: bar.update(task, completed=done, total=total),
            )  # fmt: skip
        _show(store.load_run(connection, run.run_id), as_json)


@eval_group.command("show")
@click.argument("run", type=int, required=False)
@database_option
@json_option
def show_run(run: int | None, database: str | None, as_json: bool) -> None:
    """Print the metrics of RUN again; of the newest without RUN."""
    with mapped_errors(), connect(database, autocommit=True) as connection:
        _show(store.load_run(connection, run), as_json)


@eval_group.command("export")
@click.option("--run", type=int, help="A run's results; the newest when neither --run nor --set is given.")
@click.option("--set", "query_set", help="A set's judged queries instead.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File; default: standard output."
)
@database_option
def export(run: int | None, query_set: str | None, output: Path | None, database: str | None) -> None:
    """Write a run's results, or a set's judged queries, as JSON Lines."""
    if run is not None and query_set is not None:
        raise click.UsageError("--run and --set exclude each other")
    with mapped_errors(), connect(database, autocommit=True) as connection:
        if query_set is not None:
            lines = list(write_judged_queries(store.load_queries(connection, query_set)))
        else:
            lines = list(report.run_lines(store.load_run(connection, run)))
    text = "".join(f"{line}\n" for line in lines)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@eval_group.command("list")
@database_option
@json_option
def list_everything(database: str | None, as_json: bool) -> None:
    """List the sets of judged queries and the newest runs."""
    with mapped_errors(), connect(database, autocommit=True) as connection:
        sets, runs = store.list_sets(connection), store.list_runs(connection)
    if as_json:
        click.echo(json.dumps({"sets": sets, "runs": runs}, default=str))
        return
    for row in sets:
        click.echo(
            f"set {row['query_set']}: {row['queries']} queries, {row['no_answer']} of them without an answer"
        )
    for row in runs:
        numbers = f"MRR {report.number(row['mrr'])}, NDCG {report.number(row['ndcg'])}"
        click.echo(
            f"run {row['run_id']} {row['started_at']:%Y-%m-%d %H:%M} {row['query_set']}: {numbers} {row['note'] or ''}"
        )


def _show(run: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report.as_json(run)))
    else:
        Console().print(report.tables(run), highlight=False)
