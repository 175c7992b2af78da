"""What compare and models evaluate share where a protocol is followed: options, and the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pgcodesearch.cli._context import database
from pgcodesearch.cli._output import console, print_json, print_table
from pgcodesearch.terminal import say

if TYPE_CHECKING:
    from pgcodesearch.evaluating.protocol import Pools, ProtocolOptions

Function = TypeVar("Function", bound=Callable[..., Any])
_OF_A_PROTOCOL = ("limit", "minimum", "seed")


def protocol_options(function: Function) -> Function:
    """Add ``--protocol`` and what goes with it: ``protocol``, ``limit``, ``minimum``, ``seed``."""
    for option in (
        click.option("--seed", type=int, default=1, show_default=True, help="Protocol: draws the functions."),
        click.option(
            "--minimum", type=click.IntRange(2), default=100, show_default=True,
            help="Protocol: languages with fewer documented functions are left out.",
        ),
        click.option(
            "--limit", type=click.IntRange(2, 1000), default=1000, show_default=True,
            help="Protocol: functions of a language; fewer take less time.",
        ),
        click.option(
            "--protocol", type=click.Choice(["codesearchnet"]),
            help="No judged queries: each function's first sentence of documentation asks for it among others.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def refuse_mixed(context: click.Context, protocol: str | None, of_judged_queries: tuple[str, ...]) -> None:
    """A usage error where an option was given that does not belong to what is done."""
    wrong = of_judged_queries if protocol else _OF_A_PROTOCOL
    for parameter in context.command.params:
        given = context.get_parameter_source(str(parameter.name)) is click.core.ParameterSource.COMMANDLINE
        if given and parameter.name in wrong:
            said = "goes with judged queries, not with" if protocol else "needs"
            raise click.UsageError(f"{parameter.opts[0]} {said} --protocol")


def compare(baseline: str, candidate: str, options: ProtocolOptions, as_json: bool) -> None:
    """Print and store the comparison of two models."""
    from pgcodesearch.database import connect
    from pgcodesearch.evaluating.protocol_runs import compare_on_protocol

    with connect(database(), autocommit=True) as connection, _bars(baseline, candidate) as progress:
        found = compare_on_protocol(connection, baseline, candidate, options, progress)
    rows = [
        {
            "language": name, **_counts(found.pools, name, difference.queries),
            "baseline": found.baseline[name], "candidate": found.candidate[name], "difference": difference.mean,
            "low": difference.low, "high": difference.high, "wins": difference.wins, "losses": difference.losses,
        }
        for name, difference in _sorted(found.differences)
    ]  # fmt: skip
    about = {"comparison_id": found.comparison_id, "baseline": baseline, "candidate": candidate}
    _print(about, rows, found.pools, options, f"MRR: {candidate} against {baseline}", as_json)
    if found.comparison_id is None and not as_json:
        say("not stored: that takes a role with codesearch_admin")


def measure(model: str, options: ProtocolOptions, as_json: bool) -> None:
    """Print what one model makes of it."""
    from pgcodesearch.database import connect
    from pgcodesearch.evaluating.protocol_runs import measure_on_protocol

    with connect(database(), autocommit=True) as connection, _bars(model) as progress:
        found = measure_on_protocol(connection, model, options, progress)
    rows = [
        {
            "language": name, **_counts(found.pools, name, mean.queries),
            "mrr": mean.mean, "low": mean.low, "high": mean.high,
        }
        for name, mean in _sorted(found.mrr)
    ]  # fmt: skip
    _print({"model": model}, rows, found.pools, options, f"MRR: {model}", as_json)


@contextmanager
def _bars(*models: str) -> Iterator[Callable[[str, int, int], None]]:
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        tasks = {name: bar.add_task(f"{name}: texts", total=None) for name in models}
        yield lambda name, done, total: bar.update(tasks[name], completed=done, total=total)


def _sorted(found: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted(found.items(), key=lambda item: (item[0] == "all", item[0]))


def _counts(pools: Pools, name: str, queries: int) -> dict[str, int | None]:
    """How many were asked, and among how many each: no one number for all languages."""
    return {"queries": queries, "among": len(pools.functions[name]) if name in pools.functions else None}


def _print(
    about: dict[str, Any],
    rows: list[dict[str, Any]],
    pools: Pools,
    options: ProtocolOptions,
    title: str,
    as_json: bool,
) -> None:
    from dataclasses import asdict

    if as_json:
        print_json({**about, "protocol": "codesearchnet", "metric": "mrr", **asdict(options), "rows": rows,
                    "left_out": pools.left_out})  # fmt: skip
        return
    # Each language's queries are as many as the functions that each of them is asked among.
    print_table(
        rows, [name for name in rows[0] if name != "among"], title=f"{title}, each among all of its language"
    )
    small = [
        f"{language} ({len(pool)})"
        for language, pool in sorted(pools.functions.items())
        if len(pool) < options.limit
    ]
    if small:
        say(f"among fewer than {options.limit:,}, and so easier: {', '.join(small)}")
    if pools.left_out:
        listed = ", ".join(f"{language} ({count})" for language, count in sorted(pools.left_out.items()))
        say(f"left out, with fewer than {options.minimum} documented functions: {listed}")
