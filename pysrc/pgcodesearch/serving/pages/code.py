"""Code: a file, the whole of a result, and where a name is defined and used."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from starlette.responses import Response

from pgcodesearch.database.errors import CodeSearchError, InvalidArgument
from pgcodesearch.searching import CodePlace
from pgcodesearch.serving.handling import Asked
from pgcodesearch.serving.highlighting import code_lines
from pgcodesearch.serving.places import Editor, file_url, marked, symbol_url
from pgcodesearch.serving.rendering import html

# Around a result that is opened where it stands.
_AROUND = 3
# A page of a file: what is longer is read in parts.
_FILE_LINES = 3_000


def file(asked: Asked) -> Response:
    """A file as it is stored, at a line; a result of a search that is opened so is recorded as a click."""
    path, repository = asked.text("path"), asked.text("repository")
    if path is None:
        raise InvalidArgument("path is missing", hint="/file?repository=NAME&path=FILE")
    line = max(1, asked.number("line") or 1)
    first = 1 if line <= _FILE_LINES else line - _FILE_LINES // 2
    read = asked.client.read_file(path, repository, first, first + _FILE_LINES - 1)
    query_id, chunk_id = _opened(asked)
    editor = Editor.of(asked.client, asked.service.freshness(asked.client))
    return html(
        "file.html", path=path, file=read, line=line if asked.text("line") else None,
        lines=code_lines(read.content, path), query_id=query_id, chunk_id=chunk_id,
        editor=editor.href(read.address, path, line),
        before=file_url(read.address, path, max(1, first - 1)) if first > 1 else None,
        after=file_url(read.address, path, read.last_line + _FILE_LINES // 2)
        if read.last_line < read.total_lines else None,
    )  # fmt: skip


def chunk(asked: Asked) -> Response:
    """The whole of a result with a few lines around it; opening it is recorded as a click."""
    chunk_id = int(asked.request.path_params["chunk_id"])
    read = asked.client.read_chunk(chunk_id, _AROUND, _AROUND)
    _opened(asked, chunk_id)
    lines = code_lines(read.content, read.path, marked(asked.client, asked.text("q")))
    return html("code_part.html", lines=lines, first=read.first_line, repository=read.repository)


def symbol(asked: Asked) -> Response:
    """Where a name is defined and used. Of a name that its repository does not define, all are asked."""
    name, repository = asked.text("name"), asked.text("repository")
    if name is None:
        raise InvalidArgument("name is missing", hint="/symbol?name=NAME")
    definitions = asked.client.find_definition(name, repository=repository)
    if not definitions and repository:
        definitions = asked.client.find_definition(name)
    usages = asked.client.find_usages(name, repository=repository)
    return html(
        "symbol_part.html" if asked.part else "symbol.html", name=name, repository=repository,
        definitions=_by_file(definitions), usages=_by_file(usages), count=len(usages),
        page=symbol_url(name, repository),
    )  # fmt: skip


def _opened(asked: Asked, chunk_id: int | None = None) -> tuple[int | None, int | None]:
    """The search and the chunk that were opened; that it can't be recorded keeps nobody from reading."""
    query_id = asked.number("query_id")
    chunk_id = chunk_id or asked.number("chunk_id")
    if query_id is None or chunk_id is None:
        return None, None
    if asked.service.opens(query_id, chunk_id):
        try:
            asked.client.record_feedback(query_id, chunk_id, "click")
        except CodeSearchError as error:
            asked.notices.append(error.message)
            return None, None
    return query_id, chunk_id


def _by_file(places: list[CodePlace]) -> list[dict[str, Any]]:
    """Places under their files, in the order in which they came."""
    return [
        {
            "repository": repository,
            "path": path,
            "places": [
                {
                    "place": place,
                    "href": file_url(repository, path, place.line),
                    "code": code_lines((place.text or "").strip(), path)[0],
                }
                for place in found
            ],
        }
        for (repository, path), found in groupby(places, key=lambda place: (place.repository, place.path))
    ]
