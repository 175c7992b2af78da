"""The texts of a chunk that are embedded.

The first 256 tokens decide what a model sees, so what tells chunks apart comes first: path, scope and
name (also in words), signature, documentation, the first lines of the body, imports, the parent, the rest.
Windows over long bodies make sure that nothing is cut without being embedded elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from .model import ChunkText
from .pieces import Piece
from .settings import ChunkSettings
from .words import split_words

_WORD = re.compile(r"\w")
_NAME = re.compile(r"[^\W\d_]{3}")


def chunk_texts(
    piece: Piece, path: str, imports: tuple[str, ...], settings: ChunkSettings
) -> tuple[ChunkText, ...]:
    """All texts of a chunk: the whole, and windows when it is long."""
    whole = _whole(piece, path, imports, settings)
    texts = [ChunkText("whole", piece.first + 1, piece.last + 1, whole[: settings.max_text_chars])]
    if piece.kind != "module":
        if len(whole) > settings.max_text_chars:
            texts.extend(_windows(piece.lines, piece, path, settings))
        elif len(piece.body) > settings.window_after_lines and piece.kind != "block":
            texts.extend(_windows(piece.body, piece, path, settings))
    return tuple(texts)


def short_path(path: str) -> str:
    """The last three parts of a path that hold a word: to a model, names like f01234.py are noise."""
    parts = PurePosixPath(path).parts[-3:]
    return "/".join(part for part in parts if _NAME.search(part.rsplit(".", 1)[0]))


def _title(piece: Piece) -> str:
    if piece.symbol:
        return f"{piece.kind} {piece.symbol}: {split_words(piece.name)}"
    return f"{piece.kind} {piece.scope}".rstrip()


def _whole(piece: Piece, path: str, imports: tuple[str, ...], settings: ChunkSettings) -> str:
    # Lines of brackets alone say nothing to a model.
    body = [text.rstrip("\r") for _, text in piece.body if _WORD.search(text)]
    first = settings.first_body_lines if piece.kind not in ("block", "module") else len(body)
    parts = [
        short_path(path),
        _title(piece),
        piece.signature if piece.kind != "block" else "",
        piece.doc if piece.kind != "module" else "",
        piece.attributes,
        *body[:first],
        f"imports {', '.join(imports)}" if imports else "",
        piece.parent,
        *body[first:],
    ]
    return "\n".join(part for part in parts if part.strip()).lstrip("\ufeff")


def _windows(
    lines: list[tuple[int, str]], piece: Piece, path: str, settings: ChunkSettings
) -> Iterator[ChunkText]:
    """Overlapping windows of lines, each under a line that says where it is from."""
    head = f"{short_path(path)} {piece.symbol}: {split_words(piece.name)}".strip(": ")
    pieces = list(_short_lines(lines, settings.max_line_chars))
    start = 0
    while start < len(pieces):
        end, length = start, 0
        while end < len(pieces) and end - start < settings.window_lines:
            length += len(pieces[end][1])
            if end > start and length > settings.max_text_chars:
                break
            end += 1
        text = "\n".join([head, *(text for _, text in pieces[start:end])])
        rows = [row for row, _ in pieces[start:end]]
        yield ChunkText("window", min(rows) + 1, max(rows) + 1, text)
        if end >= len(pieces):
            return
        start = max(end - settings.window_overlap, start + 1)


def _short_lines(lines: list[tuple[int, str]], limit: int) -> Iterator[tuple[int, str]]:
    """Lines with those over the limit cut into pieces of at most `limit` characters."""
    for row, text in lines:
        text = text.rstrip("\r").lstrip("\ufeff")
        for start in range(0, len(text) or 1, limit):
            if part := text[start : start + limit]:
                yield row, part
