"""pgcodesearch eval generate."""

from __future__ import annotations

from typing import IO

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json
from pgcodesearch.terminal import say


@click.command("generate")
@click.option(
    "--set", "query_set", default="documentation", show_default=True, help="Set of judged queries to write."
)
@click.option("--repository", metavar="NAME", help="Only functions of this repository.")
@click.option("--language", metavar="NAME", help="Only functions of this language.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Queries at most."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Draws the functions.")
@click.option("--replace", is_flag=True, help="Remove the set's other queries.")
@click.option(
    "--output",
    type=click.File("w", encoding="utf-8", lazy=True),
    metavar="FILE",
    help="Write JSON Lines instead, as eval import reads them; '-' is standard output.",
)
@json_option
def command(
    query_set: str, repository: str | None, language: str | None, limit: int, seed: int, replace: bool,
    output: IO[str] | None, as_json: bool,
) -> None:  # fmt: skip
    """Make judged queries from documentation comments.

    The first sentence of a function's documentation asks, the function answers (grade 3). Languages and their
    repositories take turns; the same index and seed give the same queries.

    The words of these queries stand in the indexed code, so they flatter every part of the search: use them to see
    whether a change breaks something, not to say how good search is. For models, see: pgcodesearch compare --protocol.
    """
    from pgcodesearch.database import connect
    from pgcodesearch.evaluating import store
    from pgcodesearch.evaluating.generating import generate_queries
    from pgcodesearch.evaluating.judgments import write_judged_queries

    with connect(database(), autocommit=True) as connection:
        queries = generate_queries(connection, limit, repository=repository, language=language, seed=seed)
        if output is None:
            store.save_queries(connection, query_set, queries, replace=replace)
    if output is not None:
        output.writelines(f"{line}\n" for line in write_judged_queries(queries))
        return
    languages = sorted({str(query.language) for query in queries})
    repositories = {query.repository for query in queries}
    if as_json:
        print_json({"set": query_set, "queries": len(queries), "languages": languages,
                    "repositories": len(repositories)})  # fmt: skip
    else:
        say(
            f"{len(queries)} queries of {len(repositories)} repositories ({', '.join(languages)}) in set {query_set}",
            f"ask them with: pgcodesearch eval run --set {query_set}",
        )
