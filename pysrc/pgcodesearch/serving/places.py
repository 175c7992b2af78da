"""Results as a page shows them: grouped by file, with code, and where a click leads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from pgcodesearch.database.rows import one_row
from pgcodesearch.searching import Client, Freshness, Hit, by_file
from pgcodesearch.serving.highlighting import code_lines, marked_words
from pgcodesearch.serving.rendering import url

# Code of more results is shown when they are opened: nobody reads a thousand.
_SHOWN_WITH_CODE = 100
_SHOWN_LINES = 12
# A stored text of these leaves out what is in other chunks, so its lines are not those of the file.
_ELIDED = {"class", "module"}


@dataclass(frozen=True)
class ShownHit:
    """A hit, its code, and its addresses."""

    hit: Hit
    lines: list[Markup]
    href: str
    editor: str | None
    symbol_href: str | None

    @property
    def more_lines(self) -> int:
        """How many lines of it are not shown."""
        return max(0, self.hit.end_line - self.hit.start_line + 1 - len(self.lines))


@dataclass(frozen=True)
class ShownFile:
    """A file with the hits in it, best first."""

    repository: str
    path: str
    href: str
    hits: list[ShownHit]

    @property
    def folder(self) -> str:
        """The path without the name, with the last slash."""
        return self.path[: len(self.path) - len(self.name)]

    @property
    def name(self) -> str:
        """The file's name."""
        return PurePosixPath(self.path).name


def shown_files(client: Client, hits: Sequence[Hit], query: str, editor: Editor) -> list[ShownFile]:
    """Hits grouped by file, the file of the best hit first; the query's words are marked."""
    words = marked(client, query)
    return [
        ShownFile(
            file.repository,
            file.path,
            file_url(file.repository, file.path),
            [_shown(client, hit, words, editor) for hit in file.hits],
        )
        for file in by_file(hits)
    ]


def file_url(repository: str, path: str, line: int | None = None, hit: Hit | None = None) -> str:
    """The page of a file, at a line; of a hit, with the search that showed it, so that it is known as opened."""
    about = (
        {} if hit is None or hit.query_id is None else {"query_id": hit.query_id, "chunk_id": hit.chunk_id}
    )
    where = url("/file", repository=repository, path=path, line=line, **about)
    return where + (f"#L{line}" if line else "")


def symbol_url(name: str, repository: str | None) -> str:
    """Where a name is defined and used."""
    return url("/symbol", name=name, repository=repository)


@dataclass(frozen=True)
class Editor:
    """The setting page.editor_url, filled with a place: {file} is its name on this machine, {path} that in the
    repository."""

    template: str
    roots: dict[str, str | None]

    @classmethod
    def of(cls, client: Client, states: Sequence[Freshness]) -> Editor:
        """As it is set in the database."""
        asked = "select codesearch.current_settings(null) ->> 'page.editor_url'"
        row = client.read(lambda connection: connection.execute(asked).fetchone())
        return cls(str(row[0] or "") if row else "", {state.repository: state.root for state in states})

    def href(self, repository: str, path: str, line: int) -> str | None:
        """The address that opens a line; None where none is set, or where the file is not on this machine."""
        root = self.roots.get(repository)
        if not self.template or ("{file}" in self.template and not root):
            return None
        said = {
            "file": f"{root}/{path}",
            "path": path,
            "repository": repository.partition("@")[0],
            "line": line,
        }
        found = self.template
        for name, value in said.items():
            found = found.replace(f"{{{name}}}", quote(str(value)))
        return found


def marked(client: Client, query: str | None) -> re.Pattern[str] | None:
    """What is marked of a query: not its stop words."""
    return marked_words(query or "", frozenset(setting(client, "query.stop_words")))


def setting(client: Client, name: str) -> Any:
    """A setting as it is now."""
    asked = "select codesearch.current_setting_value(%s)"
    return client.read(lambda connection: one_row(connection, asked, (name,)))[0]


def confidence_words(confidence: float | None) -> str:
    """How sure a result is, for who can't see the bar."""
    return "not calibrated" if confidence is None else f"{confidence:.0%} likely to be right"


def _shown(client: Client, hit: Hit, words: re.Pattern[str] | None, editor: Editor) -> ShownHit:
    return ShownHit(
        hit,
        _lines(client, hit, words) if hit.rank <= _SHOWN_WITH_CODE else [],
        file_url(hit.repository, hit.path, hit.start_line, hit),
        editor.href(hit.repository, hit.path, hit.start_line),
        symbol_url(hit.symbol, hit.repository) if hit.symbol else None,
    )


def _lines(client: Client, hit: Hit, words: re.Pattern[str] | None) -> list[Markup]:
    text = hit.snippet
    if hit.kind in _ELIDED:
        text = "\n".join(client.read_chunk(hit.chunk_id).content.split("\n", _SHOWN_LINES)[:_SHOWN_LINES])
    lines = code_lines(text, hit.path, words)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines
