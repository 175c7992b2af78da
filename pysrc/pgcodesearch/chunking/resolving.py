"""Where names are from, as far as their file says: by imports, by the types of variables, by the class around."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from .attach import innermost
from .definitions import Definition
from .imports import STRICT, Imports
from .layers import Layer
from .occurrences import MOST_CHARS, SEPARATOR, Occurrence
from .parsing import node_text

_IMPLICIT = frozenset({"java", "csharp", "cpp", "kotlin", "swift", "scala", "ruby", "elixir", "php"})
_SELF = frozenset({"self", "this", "cls", "Self", "$this", "static", "@self", "__MODULE__"})
_SUPER = frozenset({"super", "super()", "base", "parent"})
_STATIC = re.compile(r"[A-Z]\w*(?:\.\w+)*|\w+(?:\.\w+)+")


class Resolver:
    """Gives occurrences their origins: by imports, by the types of variables, and by the class around."""

    def __init__(self, imports: Imports, definitions: list[Definition], named: set[str]) -> None:
        self._imports, self._definitions, self._named = imports, definitions, named
        self._types: dict[Definition | None, dict[str, str]] = {}

    def learn_types(self, layers: list[Layer]) -> None:
        """What the file says of its variables' types, by the definition that each is a variable of."""
        pairs = sorted(
            ((name, kind) for layer in layers for name, kind in layer.captures.typed),
            key=lambda pair: pair[0].start_byte,
        )
        kinds = {name.start_byte: kind for name, kind in pairs}
        for node, inner in innermost(self._definitions, [name for name, _ in pairs]):
            name, kind = SEPARATOR.sub(".", node_text(node)), kinds[node.start_byte]
            full = self._assigned(kind, inner) or self._imports.full_type(node_text(kind), self._named)
            said = kind.parent is None or kind.parent.type not in ("call", "assignment")
            if not full or (not said and not full.rpartition(".")[2].lstrip("_")[:1].isupper()):
                continue  # what a function returns is not known
            while inner is not None and inner.kind == "block":
                inner = inner.parent
            first = name.partition(".")[0]
            if first in _SELF:
                while inner is not None and inner.kind != "class":
                    inner = inner.parent
                name = "self" + name[len(first) :]
            elif inner is not None and inner.kind == "class":
                name = f"self.{name}"
            self._types.setdefault(inner, {}).setdefault(name, full)

    def variables(self) -> set[str]:
        """Names of variables, in any function, whose type is known."""
        return {name for types in self._types.values() for name in types if "." not in name}

    def _assigned(self, kind: Node, inner: Definition | None) -> str:
        """The type of a variable that is assigned to another."""
        if kind.type != "identifier" or kind.parent is None or kind.parent.type != "assignment":
            return ""
        return self._type_of(node_text(kind), inner)

    def resolved(self, placed: Iterable[tuple[Occurrence, Definition | None]]) -> Iterator[Occurrence]:
        """The occurrences that stand for something outside of the function they are in."""
        pairs = list(placed)
        local = {(inner, item.name) for item, inner in pairs if item.binds and inner is not None}
        for item, inner in pairs:
            if item.binds or (
                not item.qualifier and item.kind == "use" and _is_local(item.name, inner, local)
            ):
                continue
            if item.kind != "import":
                self._resolve(item, inner)
            if item.needs_origin and not item.origin:
                continue
            if (
                item.name
                and max(map(len, (item.name, item.qualifier, item.origin, item.alias))) <= MOST_CHARS
            ):
                yield item

    def _resolve(self, item: Occurrence, inner: Definition | None) -> None:
        imports = self._imports
        if item.kind == "inherits":
            item.owner = inner.name if inner is not None else ""
        if not item.qualifier:
            if full := imports.bound.get(item.name):
                written = item.name
                item.origin, _, item.name = full.rpartition(".")
                item.alias = written if written != item.name else ""
            elif item.name in self._named and imports.language in STRICT:
                item.origin = imports.module
            elif len(imports.everything) == 1:
                item.origin = imports.everything[0]
            elif imports.language in _IMPLICIT and item.kind == "call":
                item.owner = _class_around(inner)[0]
            return
        parts = item.qualifier.split(".")
        if parts[0] in _SELF or item.qualifier in _SUPER:
            if len(parts) == 1:
                around, symbol = _class_around(inner)
                strict = imports.language in STRICT
                item.origin = (
                    ".".join(part for part in (imports.module, symbol) if part) if strict else around
                )
                return
            parts[0] = "self"
        item.origin = self._type_of(".".join(parts), inner) or self._static(parts)

    def _type_of(self, variable: str, inner: Definition | None) -> str:
        while True:
            if full := self._types.get(inner, {}).get(variable):
                return full
            if inner is None:
                return ""
            inner = inner.parent

    def _static(self, parts: list[str]) -> str:
        """A qualifier that is a module or a type; empty where it is a variable."""
        if parts[0] == "self" or parts[-1].endswith(")"):
            return ""
        if parts[0] in self._imports.bound or (parts[0] in self._named and parts[0][:1].isupper()):
            return self._imports.full(parts, self._named)
        while len(parts) > 1 and parts[0] in ("crate", "super"):
            parts = parts[1:]
        dotted = ".".join(parts)
        return dotted if _STATIC.fullmatch(dotted) and parts[-1][:1].isupper() else ""


def _class_around(item: Definition | None) -> tuple[str, str]:
    """The class around a place: its name, and qualified."""
    while item is not None:
        if item.kind == "class":
            return item.name, item.symbol
        if item.owners:
            return item.owners[-1], item.scope
        item = item.parent
    return "", ""


def _is_local(name: str, inner: Definition | None, local: set[tuple[Definition, str]]) -> bool:
    while inner is not None:
        if (inner, name) in local:
            return True
        inner = inner.parent
    return False
