"""What `search` and `explain` have in common: options, places that a terminal can open, freshness."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
from rich.style import Style
from rich.text import Text

from pgcodesearch.terminal import say, visible

if TYPE_CHECKING:
    from pgcodesearch.searching import Freshness

Function = TypeVar("Function", bound=Callable[..., Any])

_MODES = ("hybrid", "adaptive", "rrf", "rerank", "pipeline", "lexical", "vector", "exact")
_OPTIONS = [
    click.argument("words", metavar="QUERY...", nargs=-1, required=True),
    click.option("-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Number of results."),
    click.option("--repository", metavar="NAME", help="Only this repository."),
    click.option("--path", metavar="GLOB", help="Only files like this: 'src/**/*.py'."),
    click.option("--language", metavar="NAME", help="Only this language: python, typescript, go, ..."),
    click.option("--kind", metavar="KIND",
                 help="Only function, method, class, module (a file), block, or the language's word: trait, enum …"),
    click.option("--symbol", metavar="NAME", help="Only this symbol and what is in it: Session, Session.get."),
    click.option("--mode", type=click.Choice(_MODES),
                 default="hybrid", show_default=True,
                 help="By words and vectors (rerank: the same); just what is sure; by their ranks alone; by vectors"
                      " among what has the words; by one of the two; by exact vectors without an index."),
    click.option("--model", metavar="NAME", help="Model version; default: the active one."),
    click.option("--per-file", type=click.IntRange(1), help="Most results of one file; 1 finds files."),
    click.option("--rerank", is_flag=True,
                 help="Send the first results to the language model of the settings rerank.*, and show its order."),
    click.option("--min-score", type=float, help="Leave out results with a lower score."),
    click.option("--min-confidence", type=click.FloatRange(0, 1), help="Leave out results that are less sure."),
    click.option("--current-file", metavar="FILE", help="The file in hand: what goes with it is ranked higher."),
    click.option("--recent-file", "recent_files", metavar="FILE", multiple=True,
                 help="A file that was just seen, the newest first; repeatable."),
    click.option("--recent-query", "recent_queries", metavar="QUERY", multiple=True,
                 help="What was just searched for, the newest first; repeatable."),
    click.option("--task", metavar="TEXT", help="What is to be done, in words."),
    click.option("--session", metavar="NAME", help="Who asks in a row: what is opened later was looked for."),
]  # fmt: skip
_CONTEXT = ("current_file", "recent_files", "recent_queries", "task", "session")


def search_options(function: Function) -> Function:
    """Add the query and the options that search and explain share; those of the caller's context come as one."""

    @wraps(function)
    def command(**options: Any) -> Any:
        from pgcodesearch.searching import CallerContext

        about = {name: options.pop(name) for name in _CONTEXT}
        return function(**options, context=CallerContext(**about))

    for option in reversed(_OPTIONS):
        command = option(command)
    return cast("Function", command)


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """What the client warns of as lines on standard error, once each."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = lambda message, *_, **__: say(f"warning: {message}", err=True)
        yield


def location(path: str, line: int, root: str | None) -> Text:
    """``path:line``, a link to the file where it is on this machine; control characters are shown, not sent."""
    place = f"{visible(path)}:{line}"
    style = Style(bold=True)
    # Links of a name with a line number open in editors that know how; in others the file itself.
    if root and (Path(root) / path).is_file():
        style += Style(link=f"{(Path(root) / path).as_uri()}#{line}")
    return Text(place, style=style)


def freshness_line(states: Sequence[Freshness]) -> str:
    """One line on what the answer was found in. What has changed on disk since then is not known."""
    if not states:
        return "nothing is indexed yet: pgcodesearch index PATH"
    pending = sum(state.pending_files for state in states)
    failed = sum(state.failed_files for state in states)
    coverage = min(state.vector_coverage for state in states)
    times = [state.last_indexed_at for state in states if state.last_indexed_at]
    parts = [f"indexed {min(times).astimezone():%Y-%m-%d %H:%M}"] if times else []
    if pending:
        parts.append(f"{pending} files pending")
    if failed:
        parts.append(f"{failed} files failed")
    parts.append(f"{coverage:.0%} of texts have vectors" if coverage < 1 else "all texts have vectors")
    if len(states) == 1 and states[0].indexed_commit:
        parts.append(f"commit {states[0].indexed_commit[:12]}")
    lag = states[0].replica_lag_seconds
    if lag is not None and lag >= 1:
        parts.append(f"from a standby that is {lag:.0f} s behind")
    name = states[0].repository if len(states) == 1 else f"{len(states)} repositories"
    return f"{visible(name)}: " + ", ".join(parts)


def nothing_found(options: Mapping[str, Any]) -> str:
    """The line that stands for an empty answer: the filters are what mostly leaves nothing."""
    names = ("repository", "path", "language", "kind", "symbol", "min_score", "min_confidence")
    filters = [
        f"--{name.replace('_', '-')} {options[name]}" for name in names if options.get(name) is not None
    ]
    if options.get("mode") == "adaptive":
        return "no results that are sure enough: --mode hybrid shows the nearest"
    return f"no results: nothing passes {' '.join(filters)}" if filters else "no results"


def roots(states: Sequence[Freshness]) -> dict[str, str | None]:
    """The folder of each repository."""
    return {state.repository: state.root for state in states}
