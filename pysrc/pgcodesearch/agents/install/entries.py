"""The server's entry in a client's file."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pgcodesearch.agents.install import jsonc, toml
from pgcodesearch.agents.install.catalog import Client
from pgcodesearch.agents.install.files import read_text, replace_text
from pgcodesearch.database.connection import READ_URL_VARIABLE, without_password
from pgcodesearch.errors import CodeSearchError
from pgcodesearch.home import HOME_VARIABLE

NAME = "pgcodesearch"
_NAMES = re.compile(r"[A-Za-z0-9_-]{1,60}")
_OURS = re.compile(r"(?:^|[/\\])(?:pgcodesearch|pgcs)(?:\.exe)?$")


class NotChanged(CodeSearchError):
    """the client's configuration was left as it is"""


@dataclass(frozen=True)
class Change:
    """What was done to a file; nothing where the entry was ``current`` or ``absent``."""

    done: Literal["added", "updated", "removed", "current", "absent"]
    file: Path


def entry_of(
    client: Client,
    database: str | None,
    environment: Mapping[str, str] = os.environ,
    read_database: str | None = None,
) -> dict[str, Any]:
    """The entry of this installation: its command by its full path, because clients have other search paths.

    The database's password is left out: clients' files are shared and copied. Raises InvalidArgument for a bad URL.
    """
    script = Path(sys.executable).with_name(NAME)
    command = [str(script)] if script.is_file() else [sys.executable, "-m", NAME]
    arguments = [*command[1:], "mcp", *(["--database", without_password(database)] if database else [])]
    entry: dict[str, Any] = {**client.more, "command": command[0], "args": arguments}
    if environment.get(HOME_VARIABLE) and not database:
        entry["env"] = {HOME_VARIABLE: environment[HOME_VARIABLE]}
    if read_database:
        entry["env"] = {READ_URL_VARIABLE: without_password(read_database)}
    return entry


def install(client: Client, file: Path, entry: dict[str, Any], name: str = NAME) -> Change:
    """Put the entry into a client's file, or bring it up to date: what else its users wrote into it stays.

    Raises NotChanged where the name is another program's, or the file cannot be edited safely.
    """
    if not _NAMES.fullmatch(name):
        raise NotChanged(f"{name!r:.80} is no name for a server", hint="use letters, digits, - and _")
    with _refusing(client, file, entry, name):
        text = read_text(file)
        old = _section(client, text).get(name)
        if old is not None and not _is_ours(old):
            raise NotChanged(
                f"{file} has a server {name!r} of another program",
                hint="give this one a name of its own: --name",
            )
        wanted = {**(old or {}), **entry}
        if old == wanted:
            return Change("current", file)
        edited = _format(client).put(text, client.section, name, wanted)
        _check(client, text, edited, lambda servers: servers.update({name: wanted}))
        replace_text(file, text, edited)
    return Change("updated" if old else "added", file)


def uninstall(client: Client, file: Path, name: str = NAME) -> Change:
    """Take the entry out of a client's file again. Raises NotChanged as install does."""
    with _refusing(client, file, None, name):
        text = read_text(file)
        old = _section(client, text).get(name)
        if old is None:
            return Change("absent", file)
        if not _is_ours(old):
            raise NotChanged(f"the server {name!r} in {file} is another program's")
        edited = _format(client).take_out(text, client.section, name)
        _check(client, text, edited, lambda servers: servers.pop(name))
        replace_text(file, text, edited)
    return Change("removed", file)


def snippet(client: Client, entry: dict[str, Any], name: str = NAME) -> str:
    """The entry as it stands in an otherwise empty file, to be pasted."""
    return str(_format(client).put("", client.section, name, entry)).strip()


@contextmanager
def _refusing(client: Client, file: Path, entry: dict[str, Any] | None, name: str) -> Iterator[None]:
    """Turn what keeps a file from being edited into NotChanged, with the entry to paste."""
    try:
        yield
    except (jsonc.NotJson, toml.NotToml, UnicodeError, OSError) as error:
        hint = f"take the server {name!r} out of it by hand"
        if entry is not None:
            hint = f"mend the file, or write this into it:\n{snippet(client, entry, name)}"
        raise NotChanged(f"{file} was not changed: {error}", hint=hint) from error


def _format(client: Client) -> Any:
    return toml if client.is_toml else jsonc


def _parsed(client: Client, text: str) -> dict[str, Any]:
    if client.is_toml:
        return toml.parse(text)
    if not text.strip("\ufeff \t\r\n"):
        return {}
    value = jsonc.parse(text).value
    if not isinstance(value, dict):
        raise jsonc.NotJson("it is no object")
    return value


def _section(client: Client, text: str) -> dict[str, Any]:
    servers = _parsed(client, text).get(client.section, {})
    if not isinstance(servers, dict):
        raise jsonc.NotJson(f"{client.section} is no table of servers")
    return servers


def _is_ours(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    command, arguments = entry.get("command"), entry.get("args")
    if not isinstance(command, str) or not isinstance(arguments, list):
        return False
    return bool(_OURS.search(command)) or arguments[:2] == ["-m", NAME]


def _check(client: Client, before: str, after: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """That an edit did what it should and nothing else, an empty section being as good as none."""
    wanted, found = _parsed(client, before), _parsed(client, after)
    servers = dict(wanted.get(client.section, {}))
    change(servers)
    wanted[client.section] = servers
    found.setdefault(client.section, {})
    if wanted != found:
        raise jsonc.NotJson("its layout is not understood")
