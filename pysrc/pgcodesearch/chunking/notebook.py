"""Jupyter notebooks as what their author wrote: the cells' lines, each with its line in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node, Parser

from .languages import LANGUAGES, load_grammar

_KERNELS = {
    "ipython": "python", "pyspark": "python", "pysparkkernel": "python", "sage": "python", "xpython": "python",
    "pyodide": "python", "c++": "cpp", "xcpp": "cpp", "c#": "csharp", "node": "javascript", "ijavascript": "javascript",
    "deno": "typescript", "gophernotes": "go", "gonb": "go", "evcxr": "rust", "ihaskell": "haskell", "almond": "scala",
    "sh": "bash", "postgresql": "sql", "sqlite": "sql",
}  # fmt: skip
_MAGIC_LANGUAGES = {
    "bash": "bash", "sh": "bash", "script": "", "javascript": "javascript", "js": "javascript", "html": "html",
    "sql": "sql", "bigquery": "sql", "ruby": "ruby", "cu": "cpp", "cpp": "cpp", "python": "python",
    "python3": "python", "pypy": "python", "cython": "python", "markdown": "", "latex": "", "svg": "", "perl": "",
    "r": "", "julia": "",
}  # fmt: skip
_SAME = frozenset(
    {"time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "scalene", "skip", "black", "cache"}
)
_VERSION = re.compile(r"[-_.\d]+$")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell by its rows in the notebook's text. `language` is empty for prose and for what has no grammar."""

    language: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook's text without outputs; `lines` has each row's line in the file, counted from 1."""

    language: str | None
    text: str
    lines: list[int]
    cells: list[Cell]


def read_notebook(content: str) -> Notebook | None:
    """The cells of a notebook; None where the file is none, or no JSON, or has nothing in its cells."""
    grammar = load_grammar("json")
    root = (
        Parser(grammar.language).parse(content.encode("utf-8", "surrogatepass")).root_node
        if grammar
        else None
    )
    document = next((node for node in root.named_children if node.type == "object"), None) if root else None
    if root is None or document is None or root.has_error:
        return None
    members = _members(document)
    language = _language(_value(members.get("metadata")))
    rows: list[str] = []
    lines: list[int] = []
    cells: list[Cell] = []
    for kind, pieces in _cells(members):
        first = len(rows)
        for text, line in pieces:
            rows.append(text)
            lines.append(line)
        if len(rows) > first:
            cells.append(Cell(_cell_language(kind, rows[first:], language), first, len(rows) - 1))
            if kind == "code":  # prose stays with the code below
                rows.append("")
                lines.append(lines[-1])
    known = language if language in LANGUAGES else None
    return Notebook(known, "\n".join(rows), lines, cells) if any(row.strip() for row in rows) else None


def _cells(members: dict[str, Node]) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """The kind of each cell, and its lines with their line in the file."""
    lists = [members.get("cells")]
    sheets = members.get("worksheets")  # before nbformat 4
    for sheet in sheets.named_children if sheets else ():
        lists.append(_members(sheet).get("cells"))
    for cell in (node for array in lists if array and array.type == "array" for node in array.named_children):
        parts = _members(cell)
        source = parts.get("source") or parts.get("input")
        if source is not None:
            yield str(_value(parts.get("cell_type"))), list(_lines(source))


def _lines(source: Node) -> Iterator[tuple[str, int]]:
    """A cell's lines. Where one is made of several strings its line is that of the first."""
    strings = source.named_children if source.type == "array" else [source]
    text, line = "", 0
    for node in strings:
        value = _value(node)
        if not isinstance(value, str):
            continue
        line = line if text else node.start_point[0] + 1
        *whole, text = (text + value).split("\n")
        for row in whole:
            yield row, line
            line = node.start_point[0] + 1
    if text:
        yield text, line


def _members(node: Node) -> dict[str, Node]:
    """The members of an object by their keys; of several with one key the last."""
    pairs = (pair for pair in node.named_children if pair.type == "pair")
    found = {}
    for pair in pairs:
        key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if key is not None and value is not None:
            found[str(_value(key))] = value
    return found


def _value(node: Node | None) -> object:
    """What a node's JSON says; None where it says nothing."""
    if node is None or node.text is None:
        return None
    try:
        value: object = json.loads(node.text.decode("utf-8", "surrogatepass"), strict=False)
    except (ValueError, RecursionError):
        return None
    return value


def _language(metadata: object) -> str:
    """The kernel's language, as files' languages are called; Python where nothing is said."""
    said = metadata if isinstance(metadata, dict) else {}
    info, kernel = said.get("language_info"), said.get("kernelspec")
    names = [info.get("name") if isinstance(info, dict) else None]
    names += [kernel.get(key) for key in ("language", "name")] if isinstance(kernel, dict) else []
    for name in names:
        if isinstance(name, str) and name:
            plain = _VERSION.sub("", name.lower())
            return _KERNELS.get(plain, plain)
    return "python"


def _cell_language(kind: str, rows: list[str], language: str) -> str:
    if kind != "code":
        return ""
    head = next((row.strip() for row in rows if row.strip()), "")
    if not head.startswith("%%"):
        return language if language in LANGUAGES else ""
    magic, _, rest = head[2:].partition(" ")
    if magic in _SAME:
        return language
    if magic in ("writefile", "file"):
        suffix = "." + rest.rpartition(".")[2].strip()
        return next((spec.name for spec in LANGUAGES.values() if suffix in spec.extensions), "")
    return _MAGIC_LANGUAGES.get(magic.lower(), "")
