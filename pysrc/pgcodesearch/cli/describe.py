"""pgcodesearch describe."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json
from pgcodesearch.terminal import say

if TYPE_CHECKING:
    from pgcodesearch.database.rows import Connection
    from pgcodesearch.describing.config import DescribeConfig
    from pgcodesearch.describing.running import Asked

_WORDINGS = ("formal", "short", "query")


@click.command("describe")
@click.argument("repositories", metavar="[REPOSITORY]...", nargs=-1)
@click.option(
    "--by-model", is_flag=True, help="Have the language model of the settings describe.* asked, too."
)
@click.option("--wording", "wordings", multiple=True, type=click.Choice(_WORDINGS),
              help="How the model describes; may be given several times. Default: all three.")  # fmt: skip
@click.option("--tokens", type=click.IntRange(1), help="Tokens of this run; default: describe.tokens_a_run.")
@click.option("--yes", is_flag=True, help="Send code to the model's service without asking.")
@click.option("--no-wait", is_flag=True, help="Leave the vectors to running workers.")
@json_option
@click.pass_context
def command(
    context: click.Context, repositories: tuple[str, ...], by_model: bool, wordings: tuple[str, ...],
    tokens: int | None, yes: bool, no_wait: bool, as_json: bool,
) -> None:  # fmt: skip
    """Describe the definitions of REPOSITORY..., of all without one: each description is a further vector of its code.

    The sentences of documentation are one, at no cost. With --by-model a language model behind an OpenAI-compatible
    endpoint describes each definition in three wordings; it is sent the code, except what holds a key or password. What
    it said is kept by the hash of the content: the next run asks about what is new. Killed, or out of tokens, the next
    run goes on.

    Searches count descriptions where the setting vector.descriptions is true. Exit code 1 where the service failed.
    """
    if not by_model and (wordings or tokens or yes):
        raise click.UsageError("--wording, --tokens and --yes are for --by-model")
    from pgcodesearch.cli._progress import make_progress
    from pgcodesearch.database import connect
    from pgcodesearch.describing.config import read_config
    from pgcodesearch.describing.running import Asked, describe_by_documentation

    asked = Asked()
    with connect(database(), autocommit=True) as connection:
        found = _repositories(connection, repositories)
        config = read_config(connection) if by_model else None
        if config and tokens:
            config = dataclasses.replace(config, tokens_a_run=tokens)
        if config and not yes:
            _confirm(connection, found, config, wordings or _WORDINGS)
        with make_progress(plain=False) as progress:
            documented = sum(
                describe_by_documentation(connection, repository_id, progress.count)
                for repository_id in found.values()
            )
            failure = _ask_model(connection, found, config, asked, wordings or _WORDINGS, progress.count)
        (searched,) = connection.execute(
            "select codesearch.current_setting_value('vector.descriptions')::boolean"
        ).fetchone() or (False,)
    if not no_wait:
        _embed(found)
    _tell(documented, asked if by_model else None, bool(searched), as_json)
    if failure:
        raise failure


def _repositories(connection: Connection, names: tuple[str, ...]) -> dict[str, int]:
    """The ids of repositories by name, of all without names. Raises UnknownRepository."""
    from pgcodesearch.database.errors import UnknownRepository, mapped_errors

    with mapped_errors():
        known = dict(
            connection.execute(
                "select name, repository_id from codesearch.repository order by name"
            ).fetchall()
        )
    for name in names:
        if name not in known:
            raise UnknownRepository(f"there is no repository {name!r}")
    return {name: known[name] for name in names or known}


def _confirm(
    connection: Connection, found: dict[str, int], config: DescribeConfig, wordings: tuple[str, ...]
) -> None:
    from pgcodesearch.describing.running import count_undescribed

    count = sum(count_undescribed(connection, number, wordings) for number in found.values())
    limit = f"at most {config.tokens_a_run:,} tokens" if config.tokens_a_run else "any number of tokens"
    say(f"the code of {count:,} definitions is sent to {config.endpoint.url}, {limit} a run", err=True)
    click.confirm("go on?", abort=True, err=True)


def _ask_model(
    connection: Connection, found: dict[str, int], config: DescribeConfig | None, asked: Asked,
    wordings: tuple[str, ...], progress: Callable[[str, int, int], None],
) -> Exception | None:  # fmt: skip
    """Ask about each repository; the failure that ended it, once what was described before is kept."""
    if config is None:
        return None
    from pgcodesearch.describing.running import describe_by_model
    from pgcodesearch.embedding.errors import EndpointUnavailable

    try:
        for repository_id in found.values():
            describe_by_model(connection, repository_id, config, asked, wordings, progress)
            if asked.stopped:
                break
    except EndpointUnavailable as error:
        return error
    return None


def _embed(found: dict[str, int]) -> None:
    """Embed what the descriptions are by the model that answers; what candidates lack may take hours (backfill)."""
    from pgcodesearch.database import connect
    from pgcodesearch.indexing.worker import Worker

    with connect(database()) as connection:
        candidates = [
            number
            for (number,) in connection.execute(
                "select model_version_id from codesearch.model_version where status <> 'active'"
            ).fetchall()
        ]
        connection.commit()
        for repository_id in found.values():
            worker = Worker(connection, ("embed",), only_repository=repository_id, without_models=candidates)
            worker.run_until_idle()


def _tell(documented: int, asked: Asked | None, searched: bool, as_json: bool) -> None:
    if as_json:
        document: dict[str, Any] = {"documentation": documented, "searched": searched}
        print_json(document | ({"model": dataclasses.asdict(asked)} if asked else {}))
        return
    say(f"documentation: {documented:,} descriptions more")
    if asked:
        say(
            f"language model: {asked.described:,} definitions, {asked.calls:,} calls, {asked.tokens:,} tokens;"
            f" {asked.left:,} left" + (f" ({asked.stopped})" if asked.stopped else "")
        )
        if asked.secret or asked.failed:
            say(
                f"passed over: {asked.secret:,} that may hold a secret, {asked.failed:,} without a usable answer"
            )
    if not searched:
        say(
            "searches don't count descriptions yet: select codesearch.change_setting('vector.descriptions', 'true')"
        )
