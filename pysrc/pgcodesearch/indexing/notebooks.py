"""Notebooks that are large for their images: the limit of size is one of what people wrote."""

from __future__ import annotations

import re

_IMAGES = 30  # times the limit that a notebook may have with its outputs
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_OPENED = re.compile(rb"\s*:\s*(?=[\[{])")
_LEFT_OUT = frozenset({b'"outputs"', b'"attachments"'})


def size_limit(path: str, max_bytes: int) -> int:
    """How many bytes a file may have to be read."""
    return max_bytes * _IMAGES if is_notebook(path) else max_bytes


def is_notebook(path: str) -> bool:
    """Is it one by its name?"""
    return path.lower().endswith(".ipynb")


def without_outputs(data: bytes) -> bytes:
    """A notebook's JSON with empty outputs and attachments; each line keeps its number."""
    kept, position = [], 0
    tokens = _TOKEN.finditer(data)
    for token in tokens:
        opened = _OPENED.match(data, token.end()) if token.group() in _LEFT_OUT else None
        if opened is None:
            continue
        start, depth, end = opened.end(), 0, opened.end()
        for inner in tokens:
            depth += (inner.group() in (b"[", b"{")) - (inner.group() in (b"]", b"}"))
            end = inner.end()
            if not depth:
                break
        inside = b"\n" * data.count(b"\n", start, end)
        kept += [data[position : start + 1], inside, data[end - 1 : end]]
        position = end
    return b"".join([*kept, data[position:]])
