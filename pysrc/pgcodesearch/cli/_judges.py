"""pgcodesearch eval draw and agreement: judged sets out of the log, by two judges."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json, print_json_text, print_table
from pgcodesearch.terminal import say


@click.command("draw")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Queries at most."
)
@click.option("--repository", metavar="NAME", help="Only what was asked of this repository.")
@click.option("--category", metavar="CLASS", help="Only queries of this class: identifier, mixed, semantic.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File; default: standard output."
)
def draw(limit: int, repository: str | None, category: str | None, output: Path | None) -> None:
    """Draw queries out of the log, for judges to grade what was shown.

    Each question that nobody has judged once, whatever its words; classes take turns, so that what is asked seldom is
    measured too. Thirty are the least. Write 3 (answers), 2 (a part of the answer) or 0 for each null, best two people
    without looking at each other's, and: pgcodesearch eval import FILE --set NAME --judge YOURS
    """
    from pgcodesearch.database import connect
    from pgcodesearch.evaluating.judging import drawn_lines

    with connect(database(), autocommit=True) as connection:
        lines = drawn_lines(connection, limit, repository, category)
    text = "".join(f"{line}\n" for line in lines)
    if output is None:
        print_json_text(text)
    else:
        output.write_text(text, encoding="utf-8")
        say(f"{len(lines)} queries written to {output}")


@click.command("agreement")
@click.argument("one", metavar="JUDGE_A")
@click.argument("other", metavar="JUDGE_B")
@click.option("--set", "query_set", default="default", show_default=True, help="Set that both judged.")
@click.option("--settle", is_flag=True, help="Make the set of what both agree on.")
@json_option
def agreement(one: str, other: str, query_set: str, settle: bool, as_json: bool) -> None:
    """Show how far two judges of a set agree, and what they dispute.

    kappa is Cohen's: 1 is agreement, 0 what chance would give; kappa_relevant asks only whether a place belongs at all.
    """
    from pgcodesearch.database import connect
    from pgcodesearch.evaluating.agreement import agreement as measure

    with connect(database(), autocommit=True) as connection:
        found = measure(connection, query_set, one, other, settle)
    if as_json:
        print_json(asdict(found))
        return
    print_table(found.rows, ["category", "queries", "places", "agreed", "kappa", "kappa_relevant"])
    if found.disputed:
        print_table(
            [{"query": row["query"], "place": f"{row['path']}:{row['start_line']}", one: row["grade_one"],
              other: row["grade_other"]} for row in found.disputed],
            ["query", "place", one, other], "\ndisputed",
        )  # fmt: skip
    if found.settled:
        say(
            f"set {query_set}: {found.settled['queries']} queries with {found.settled['judgments']} judgments,"
            f" {found.settled['left_out']} left out as disputed"
        )
