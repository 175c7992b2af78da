"""Names where code writes them: calls, base types, imports, reads and definitions, each with what stands before it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tree_sitter import Node

from .definitions import Definition
from .imports import Imports
from .layers import Layer
from .parsing import node_text
from .source import SourceLines
from .words import called_name, qualified_parts

DATA = frozenset({"json", "yaml", "toml", "css", "html", "markdown"})  # their keys are no definitions
SEPARATOR = re.compile(r"\s*(?:\?\.|&\.|!!?\.|\.|::|->|\\|:)\s*")
MOST_CHARS = 200
_LOOK_BACK = 160  # bytes before a name that its qualifier is looked for in
_PART = rb"(?:\)\()?[\w$]+"


def _backwards(separators: bytes, space: bytes = b"") -> re.Pattern[bytes]:
    """A qualifier read from its end, so that the search is anchored where the name begins.

    A line may begin with a separator, and in Go end with one; where others did, a comment's full stop would be one.
    """
    return re.compile(rb"(?:" + space + rb"(?:(?:\.[?&!]?!?|::)\s*|" + separators + rb")" + _PART + rb")+")


_QUALIFIER = _backwards(rb"\\")
_QUALIFIERS = {
    "lua": _backwards(rb":"),
    "go": _backwards(rb"\\", rb"\s*"),
    **dict.fromkeys(("c", "cpp", "php"), _backwards(rb">-|\\")),
}
_SEPARATOR = re.compile(rb"(?:\.[?&!]?!?|::)\s*")
_BEFORE = frozenset({b".", b":", b">", b"\\"})
_SPACE = frozenset({b" ", b"\n", b"\t"})
_QUOTES = frozenset({b'"', b"'", b"`"})
_EXPRESSION = frozenset({b".", b")", b"]", b"}"}) | _QUOTES
_WORD = re.compile(rb"[A-Za-z_]\w*")
_ATTRIBUTE = re.compile(rb"(?<![\w.])([A-Za-z_]\w*)\.([A-Za-z_]\w*)")
_LEAVES = frozenset({"name", "constant", "variable", "alias", "type", "word", "constructor"})
_BINDING = frozenset(
    {
        "parameters", "default_parameter", "typed_parameter", "typed_default_parameter", "lambda_parameters",
        "formal_parameters", "required_parameter", "optional_parameter", "parameter", "parameter_declaration",
        "formal_parameter", "simple_parameter", "list_splat_pattern", "dictionary_splat_pattern", "as_pattern_target",
    }
)  # fmt: skip
_LEFT_HAND = frozenset(
    {"assignment", "for_statement", "for_in_clause", "named_expression", "variable_declarator"}
)
_IMPORTING = frozenset(
    {"dotted_name", "relative_import", "aliased_import", "import_specifier", "namespace_import"}
)
_KEYS = frozenset({"keyword_argument", "pair", "field_initializer", "labeled_statement"})
# Of the languages themselves: nobody asks where they are used.
_PLAIN_TYPES = frozenset(
    {
        "any", "Any", "AnyObject", "bool", "Bool", "Boolean", "byte", "char", "double", "Double", "error",
        "float", "Float", "float32", "float64", "i32", "i64", "int", "Int", "int32", "int64", "Integer",
        "long", "Long", "Nothing", "Object", "Option", "Promise", "Result", "rune", "Self", "size_t", "str",
        "string", "String", "u32", "u64", "u8", "uint", "uint32", "uint64", "uint8", "uint8_t", "uint32_t",
        "uint64_t", "Unit", "usize", "Vec", "void", "Void",
    }
)  # fmt: skip


@dataclass(slots=True)
class Occurrence:
    """A name at a place of the file; `origin` and the rest as in `Reference`."""

    kind: str
    name: str
    start_byte: int
    row: int
    qualifier: str = ""
    origin: str = ""
    alias: str = ""
    owner: str = ""
    binds: bool = False  # gives a local variable this name
    needs_origin: bool = False  # says nothing without one


class Ranges:
    """The bytes of nodes that don't overlap, in source order."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        spans = [(node.start_byte, node.end_byte) for node in nodes]
        self._starts, self._ends = [start for start, _ in spans], [end for _, end in spans]

    def __contains__(self, byte: int) -> bool:
        index = bisect_right(self._starts, byte) - 1
        return index >= 0 and byte < self._ends[index]


def written(
    source: SourceLines, references: dict[str, list[Node]], definitions: list[Definition], language: str
) -> Iterator[Occurrence]:
    """Calls, base types and other types, in this order: where two are at one place the first counts."""
    data = source.bytes
    for node in references.get("call", ()):
        start = node.start_byte
        name = called_name(node_text(node))
        yield Occurrence("call", name, start, node.start_point[0], _qualifier(data, start, language))
    for definition in definitions:
        for name, start in definition.calls:
            yield Occurrence("call", name, start, source.row_of(start), _qualifier(data, start, language))
    for node in references.get("base", ()):
        parts = qualified_parts(node_text(node).lstrip("*&"))
        if parts and parts[-1] not in ("object", "Object"):
            yield Occurrence(
                "inherits", parts[-1], node.start_byte, node.start_point[0], ".".join(parts[:-1])
            )
    for node in references.get("type", ()):
        name = called_name(node_text(node))
        if len(name) > 1 and name not in _PLAIN_TYPES:
            start = node.start_byte
            yield Occurrence("use", name, start, node.start_point[0], _qualifier(data, start, language))


def _qualifier(data: bytes, start: int, language: str) -> str:
    """What stands before a name, with dots: ``a.b`` of a.b.c(), ``()`` for an expression, ``""`` for a string."""
    last = data[start - 1 : start]
    if last not in _BEFORE and (language != "go" or last not in _SPACE):
        return ""
    before = data[max(0, start - _LOOK_BACK) : start][::-1]
    match = _QUALIFIERS.get(language, _QUALIFIER).match(before)
    if match is None:
        dot = _SEPARATOR.match(before)
        if dot is None:
            return ""
        return '""' if before[dot.end() : dot.end() + 1] in _QUOTES else "()"
    end = match.end()
    if before[end : end + 1] in _EXPRESSION:
        return "()"
    text = SEPARATOR.sub(".", match.group()[::-1].decode("utf-8", "replace"))
    return text.strip(".")[:MOST_CHARS]


def uses(
    layers: list[Layer],
    imports: Imports,
    definitions: list[Definition],
    named: set[str],
    variables: set[str],
    taken: set[int],
) -> Iterator[Occurrence]:
    """Where names that the file imports or defines are read, beside calls: as a value, a decorator, an annotation.

    And attributes of what is imported, and of `variables` whose type is known.
    """
    bare = {name.encode() for name in (*imports.bound, *named)}
    members = {
        item.name.encode() for item in definitions if item.parent is not None and item.parent.kind == "class"
    }
    wanted = bare | members
    heads = {name.encode() for name in (*imports.bound, *variables)}
    for layer in layers:
        language = layer.grammar.name
        if language in DATA or language == "sql":
            continue
        for match in _WORD.finditer(layer.data):
            word = match.group()
            if word not in wanted or (start := match.start()) in taken:
                continue
            qualifier = _qualifier(layer.data, start, language)
            if word in (members if qualifier else bare) and (
                found := _use(layer, word.decode(), start, qualifier)
            ):
                yield found
        for match in _ATTRIBUTE.finditer(layer.data):
            start = match.start(2)
            if match.group(1) in heads and start not in taken and match.group(2) not in members:
                qualifier = _qualifier(layer.data, start, language)
                if found := _use(layer, match.group(2).decode(), start, qualifier):
                    found.needs_origin = True
                    yield found


def _use(layer: Layer, name: str, start: int, qualifier: str) -> Occurrence | None:
    """What is read at a byte; none in strings, comments, imports and keys."""
    end = start + len(name)
    leaf = layer.root.descendant_for_byte_range(start, end)
    if leaf is None or leaf.start_byte != start or leaf.end_byte != end or not leaf.is_named:
        return None
    if not (leaf.type.endswith("identifier") or leaf.type in _LEAVES):
        return None
    row = leaf.start_point[0]
    around = leaf.parent
    if not layer.covers(row) or around is None or around.type in _IMPORTING:
        return None
    if around.type in _KEYS and around.children[0] == leaf:
        return None
    found = Occurrence("use", name, start, row, qualifier)
    if not qualifier and around.type in _BINDING:
        found.binds = leaf not in (around.child_by_field_name("type"), around.child_by_field_name("value"))
    elif not qualifier and around.type in _LEFT_HAND:
        found.binds = leaf in (around.child_by_field_name("left"), around.child_by_field_name("name"))
    return found


def defined(definitions: list[Definition], source: SourceLines, module: str) -> Iterator[Occurrence]:
    for item in definitions:
        if not item.name or item.kind in ("wrapper", "scope"):
            continue
        scope = item.scope
        origin = ".".join(part for part in (module, scope) if part)
        bytes_ = sorted(item.name_bytes) or [item.start]
        for start in bytes_:
            yield Occurrence(
                "definition",
                called_name(item.name),
                start,
                source.row_of(start),
                scope,
                origin,
                "",
                _class_of(item),
            )


def _class_of(item: Definition) -> str:
    """The class or object that a definition is a member of; empty for what is none's."""
    if item.owners:
        return item.owners[-1]
    outer = item.parent
    while outer is not None and outer.kind in ("scope", "wrapper"):
        outer = outer.parent
    return outer.name if outer is not None and outer.kind in ("class", "block") else ""
