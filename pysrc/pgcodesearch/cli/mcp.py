"""pgcodesearch mcp."""

from __future__ import annotations

from pathlib import Path

import click

from pgcodesearch.cli._context import database, read_database
from pgcodesearch.terminal import say


@click.group("mcp", invoke_without_command=True)
@click.option("--http", is_flag=True, help="Serve by streamable HTTP instead of standard input and output.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="With --http: where to listen. Beyond loopback only with a token.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=8365, show_default=True,
              help="With --http: the port; 0 for any that is free.")  # fmt: skip
@click.option("--allow-host", "names", multiple=True, metavar="NAME",
              help="With --http: a name that clients may call this machine, beside localhost; repeatable.")  # fmt: skip
@click.pass_context
def command(context: click.Context, http: bool, host: str, port: int, names: tuple[str, ...]) -> None:
    """Serve the search to agents by the Model Context Protocol.

    Without --http it speaks to the program that started it: `pgcodesearch mcp install --client NAME` writes that into
    a client's configuration. With --http, clients that send the bearer token in PGCODESEARCH_MCP_TOKEN, where it is
    set, are served.
    """
    if context.invoked_subcommand is not None:
        return
    from pgcodesearch.agents import running

    if not http:
        running.run_stdio(database(), read_database())
        return
    import os

    from pgcodesearch.agents.http import TOKEN_VARIABLE
    from pgcodesearch.listening import Listening

    where = Listening(host, port, os.environ.get(TOKEN_VARIABLE) or None, names, TOKEN_VARIABLE)
    running.run_http(database(), where, lambda url: say(f"serving {url}", err=True), read_database())


_CLIENT = click.option(
    "--client", "clients", multiple=True, required=True, metavar="NAME", type=click.Choice([
        "claude-code", "claude-desktop", "cursor", "vscode", "codex", "gemini", "zed", "windsurf"]),
    help="claude-code, claude-desktop, cursor, vscode, codex, gemini, zed or windsurf; repeatable.",
)  # fmt: skip
_PROJECT = click.option(
    "--project", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="FOLDER",
    help="Only for this project, where the client knows that; without it for all of the user's.",
)  # fmt: skip
_NAME = click.option(
    "--name", default="pgcodesearch", show_default=True, help="What the client calls the server."
)


@command.command("install")
@_CLIENT
@_PROJECT
@_NAME
@click.option("--print", "only_print", is_flag=True, help="Print the entry, and change nothing.")
def install(clients: tuple[str, ...], project: Path | None, name: str, only_print: bool) -> None:
    """Write this server into the configuration of agents' clients.

    Entries of others stay as they are, comments too. Harmless when repeated. A --database given here, and a
    --read-database, is written into the entry, but not its password: that is looked up in ~/.pgpass, PGPASSWORD or a
    connection service (service=NAME).
    """
    from pgcodesearch.agents.install import CLIENTS, Surroundings, entries
    from pgcodesearch.database import without_password

    url = database()
    for client in map(CLIENTS.__getitem__, clients):
        entry = entries.entry_of(client, url, read_database=read_database())
        file = client.file(Surroundings(), project)
        if only_print:
            say(f"{client.title}: {file}", *entries.snippet(client, entry, name).split("\n"))
        else:
            say(f"{client.title}: {entries.install(client, file, entry, name).done} in {file}")
    if url and without_password(url) != url:
        say(
            "the password is not written into it: put it into ~/.pgpass, or set PGPASSWORD where the client runs"
        )


@command.command("uninstall")
@_CLIENT
@_PROJECT
@_NAME
def uninstall(clients: tuple[str, ...], project: Path | None, name: str) -> None:
    """Take this server out of clients' configuration; all else stays."""
    from pgcodesearch.agents.install import CLIENTS, Surroundings, entries

    for client in map(CLIENTS.__getitem__, clients):
        file = client.file(Surroundings(), project)
        say(f"{client.title}: {entries.uninstall(client, file, name).done} in {file}")


@command.command("skill")
@click.option("--agents-md", is_flag=True, help="The shorter text for an AGENTS.md instead.")
def skill(agents_md: bool) -> None:
    """Print the skill file that teaches an agent which tool to use when.

    \b
    mkdir -p ~/.claude/skills/pgcodesearch
    pgcodesearch mcp skill > ~/.claude/skills/pgcodesearch/SKILL.md
    pgcodesearch mcp skill --agents-md >> AGENTS.md
    """
    from importlib.resources import files

    name = "AGENTS.md" if agents_md else "SKILL.md"
    say(*(files("pgcodesearch.agents") / "texts" / name).read_text(encoding="utf-8").splitlines())
