"""Chunks of a file in the form that codesearch.replace_chunks takes."""

from __future__ import annotations

from typing import Any

from pgcodesearch import CHUNKER
from pgcodesearch.chunking import Reference, chunk_file
from pgcodesearch.chunking.model import Chunk
from pgcodesearch.words.sentences import documentation_text


def chunked(
    file_id: int, path: str, content: str, content_hash: str, described: bool = False
) -> dict[str, Any]:
    """One element of replace_chunks's argument: the file's identity, language and chunks.

    ``described``: what a chunk's documentation says is a text of its own.
    """
    parsed = chunk_file(path, content)
    chunks = [
        {
            "level": 1 if chunk.kind == "module" else 0,
            "kind": chunk.kind,
            "name": chunk.name,
            "symbol": chunk.symbol,
            "scope": chunk.scope,
            "signature": chunk.signature,
            "doc": chunk.doc,
            "start_line": chunk.start_line,
            "end_line": chunk.end_line,
            "content": chunk.content,
            "imports": list(chunk.imports),
            "entity": chunk.entity,
            "role": chunk.role,
            "texts": [
                {
                    "role": text.role,
                    "start_line": text.start_line,
                    "end_line": text.end_line,
                    "text": text.text,
                }
                for text in chunk.texts
            ]
            + (_description(chunk) if described else []),
            "references": [_reference(reference) for reference in chunk.references],
        }
        for chunk in parsed.chunks
    ]
    return {
        "file_id": file_id,
        "content_hash": content_hash,
        "language": parsed.language,
        "parser": parsed.parser,
        "chunker": CHUNKER,
        "has_errors": parsed.has_errors,
        "chunks": chunks,
    }


def _description(chunk: Chunk) -> list[dict[str, Any]]:
    text = documentation_text(chunk.doc) if chunk.kind not in ("block", "module") else ""
    lines = {"start_line": chunk.start_line, "end_line": chunk.end_line}
    return [{"role": "description", **lines, "text": text}] if text else []


def _reference(reference: Reference) -> dict[str, Any]:
    said = {
        "kind": reference.kind,
        "name": reference.name,
        "qualifier": reference.qualifier,
        "origin": reference.origin,
        "alias": reference.alias,
        "owner": reference.owner,
        "lines": list(reference.lines),
    }
    return {key: value for key, value in said.items() if value}
