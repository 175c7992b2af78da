"""A file's syntax tree, and what the language's query finds in it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from tree_sitter import Node, Parser, Point, QueryCursor, Range, Tree

from .item_macros import with_macro_items
from .languages import Grammar
from .preprocessor import LANGUAGES, alternatives, unparsed_bytes
from .settings import ChunkSettings

_GRACE_SECONDS = 1.0  # grammars with ambiguities can loop for ever on a small broken file
_BYTES_PER_SECOND = 100_000  # a tenth of what the slowest grammar does
_MAX_YAML_DEPTH = 120  # the grammar's scanner crashes the process at 256 open levels
_YAML_INDICATOR = re.compile(r"[-?:]\s")


@dataclass(slots=True)
class ImportMatch:
    """An import as it is written: the node of its name, and what stands around it."""

    node: Node
    module: str | None = None
    alias: str = ""
    whole: bool = False  # the name is the module's own
    all_of: bool = False  # every name of the module


@dataclass(slots=True)
class Captures:
    """Everything a query found, nodes in source order."""

    definitions: list[tuple[str, dict[str, list[Node]]]] = field(default_factory=list)  # (kind, captures)
    imports: dict[str, str] = field(default_factory=dict)  # name used in the file → name imported
    imported: list[ImportMatch] = field(default_factory=list)
    typed: list[tuple[Node, Node]] = field(default_factory=list)  # a variable's name and type
    references: dict[str, list[Node]] = field(default_factory=dict)  # 'call', 'comment', 'attribute', …


def parse(
    grammar: Grammar, data: bytes, settings: ChunkSettings, ranges: list[Range] | None = None
) -> Tree | None:
    """The syntax tree; None when the source is too large or the parser needs too long.

    Of C and its kin the tree with the fewest errors, where the preprocessor's lines and macros are in the way; of Rust
    the one with the items inside macros. ``ranges`` leaves the rest of the source out.
    """
    if len(data) > settings.max_parse_bytes:
        return None
    if grammar.name == "yaml" and _yaml_depth(data.decode("utf-8", "replace").split("\n")) > _MAX_YAML_DEPTH:
        return None
    # CPU time, not the clock's: a busy machine must not change what a file's chunks are.
    seconds = min(settings.parse_seconds, _GRACE_SECONDS + len(data) / _BYTES_PER_SECOND)
    tree = _parse(grammar, data, time.thread_time() + seconds, ranges)
    if tree is None:
        return None
    deadline = time.thread_time() + seconds  # of all other attempts together
    if grammar.name == "rust" and not ranges:
        return with_macro_items(tree, data, lambda changed: _parse(grammar, changed, deadline))
    if ranges or grammar.name not in LANGUAGES or not tree.root_node.has_error:
        return tree
    least = unparsed_bytes(tree.root_node)
    for changed in alternatives(data):
        if not least:
            break
        other = _parse(grammar, changed, deadline)
        if other is not None and (count := unparsed_bytes(other.root_node)) < least:
            tree, least = other, count
    return tree


def _parse(grammar: Grammar, data: bytes, deadline: float, ranges: list[Range] | None = None) -> Tree | None:
    """The tree, or None where the thread's CPU time reaches the deadline before."""
    parser = Parser(grammar.language, included_ranges=ranges)
    view = memoryview(data)

    def read(offset: int, _: Point) -> memoryview:
        return view[offset:]

    def late(_: int, has_error: bool) -> bool:
        return time.thread_time() > deadline

    try:
        watched = parser.parse(read, progress_callback=late)
        # Nodes of a tree read by callback fetch their text through it; this one reuses all and holds the bytes.
        return parser.parse(data, watched)
    except ValueError:  # how the binding reports a stopped parse
        return None


def _yaml_depth(rows: list[str]) -> int:
    """No less than the deepest nesting of block collections."""
    deepest, columns = 0, [-1]
    for row in rows:
        indent = len(row) - len(row.lstrip())
        if indent == len(row):
            continue
        while columns[-1] >= indent:
            columns.pop()
        columns.append(indent)
        columns.extend(match.end() for match in _YAML_INDICATOR.finditer(row, indent))
        deepest = max(deepest, len(columns))
    return deepest


def capture(grammar: Grammar, root: Node) -> Captures:
    """Run both halves of the query over the tree, once each."""
    found = Captures()
    for _, captures in QueryCursor(grammar.definitions).matches(root):
        captures = _in_order(captures)
        kind = next((name for name in captures if name.startswith("definition.")), "")
        if kind:
            found.definitions.append((kind.removeprefix("definition."), captures))
        elif "typed.name" in captures:
            found.typed += [(name, captures["typed.type"][0]) for name in captures["typed.name"]]
        else:
            _add_imports(found, captures)
    found.references = _in_order(QueryCursor(grammar.references).captures(root))
    return found


def _in_order(captures: dict[str, list[Node]]) -> dict[str, list[Node]]:
    """The binding gathers nodes in sets, which have another order in each process."""
    return {
        name: sorted(nodes, key=lambda node: (node.start_byte, -node.end_byte))
        for name, nodes in captures.items()
    }


def _add_imports(found: Captures, captures: dict[str, list[Node]]) -> None:
    aliases, modules = captures.get("import.alias"), captures.get("import.module")
    alias = node_text(aliases[0]) if aliases else ""
    module = node_text(modules[0]) if modules else None
    for node in captures.get("import.name", ()):
        name = node_text(node).strip("\"'`<>")
        used = alias or name
        used = used.replace("\\", "/").replace(".", "/").rstrip("/").rpartition("/")[2]
        if used and name:
            found.imports.setdefault(used, name)
            found.imported.append(ImportMatch(node, module, alias, "import.whole" in captures))
    for node in captures.get("import.all", ()):
        found.imported.append(ImportMatch(node, module, all_of=True))


def node_text(node: Node) -> str:
    """Source text of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def is_comment(node: Node) -> bool:
    """True for comments, by whatever name the grammar gives them."""
    return "comment" in node.type or node.type in ("haddock", "marginalia", "html_block")
