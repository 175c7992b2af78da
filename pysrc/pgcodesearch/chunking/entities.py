"""What a definition declares, read off its node: which of the things that languages have, and in which role.

The grammars differ in what they call their nodes, but nearly all keep the language's own word (``trait``, ``struct``,
``extension``) as a token of the declaration, so that this word is looked for first.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from .parsing import node_text

DEFINITION, PART, EXTENSION, DECLARATION = "definition", "part", "extension", "declaration"

# A token of the declaration, as a language writes it.
_WORDS = {
    "class": "class", "actor": "class", "struct": "struct", "record": "record", "enum": "enum", "union": "union",
    "interface": "interface", "protocol": "interface", "trait": "trait", "@interface": "annotation",
    "annotation": "annotation", "object": "object", "impl": "impl", "extension": "extension", "instance": "instance",
    "given": "instance", "module": "module", "mod": "module", "namespace": "namespace", "package": "namespace",
    "type": "type", "typealias": "type", "typedef": "type", "using": "type", "newtype": "type", "data": "type",
    "delegate": "type", "concept": "concept", "macro_rules!": "macro", "#define": "macro", "const": "constant",
    "static": "static", "let": "variable", "var": "variable", "val": "variable", "event": "event",
}  # fmt: skip
# Where no token says it, the node's type does.
_TYPES = {
    "struct_type": "struct", "interface_type": "interface", "method_spec": "method", "const_spec": "constant",
    "const_declaration": "constant", "constant_declaration": "constant", "var_spec": "variable",
    "enum_constant": "member", "enum_member_declaration": "member", "preproc_def": "macro",
    "preproc_function_def": "macro", "macro_definition": "macro", "field_declaration": "field",
    "field_definition": "field", "public_field_definition": "field", "property_declaration": "field",
    "constructor_declaration": "constructor", "compact_constructor_declaration": "constructor",
    "secondary_constructor": "constructor", "init_declaration": "constructor",
    "destructor_declaration": "destructor", "deinit_declaration": "destructor", "type_alias": "type",
    "type_alias_statement": "type", "type_alias_declaration": "type", "type_synomym": "type", "rule_set": "rule",
    "class_declaration": "class", "declaration": "variable", "variable_assignment": "variable",
    "variable_declaration": "variable", "assignment": "constant", "signature": "function",
}  # fmt: skip
# Elixir's definitions are calls.
_CALLS = {
    "defmodule": "module", "defprotocol": "interface", "defimpl": "impl", "defmacro": "macro", "defmacrop": "macro",
    "defguard": "macro", "defguardp": "macro", "defstruct": "struct", "defexception": "class", "def": "function",
    "defp": "function", "defdelegate": "function",
}  # fmt: skip
_WRAPPERS = frozenset({"template_declaration", "export_statement", "type_definition", "decorated_definition"})
_MODIFIERS = frozenset({"modifiers", "modifier", "class_modifier"})
_TELLING = frozenset({"enum", "annotation", "partial", "const"})  # modifiers that make something else of it
_EXTENSIONS = frozenset({"extension", "impl", "instance"})


def entity_of(kind: str, node: Node) -> tuple[str, str]:
    """What the definition at a node is, and its role: definition, part of one (C#'s ``partial``), extension of what is
    defined elsewhere, or declaration (a signature without its body). ``kind`` is that of the definition.
    """
    node = _unwrapped(node)
    if node.type == "call":
        entity = _CALLS.get(node_text(node.children[0]), "") if node.children else ""
    elif kind in ("function", "method", "clause", "declaration", "routine"):
        named = _TYPES.get(node.type, "")
        entity = named if named in ("constructor", "destructor", "macro") else ""
    else:
        entity = next((_WORDS[word] for word in _words(node) if word in _WORDS), "") or _by_type(node)
    if kind == "declaration":
        return entity, DECLARATION
    if any(word == "partial" for word in _words(node)):
        return entity, PART
    return entity, EXTENSION if entity in _EXTENSIONS else DEFINITION


def _unwrapped(node: Node) -> Node:
    while node.type in _WRAPPERS:
        inner = node.child_by_field_name("declaration") or node.child_by_field_name("type")
        inner = inner or next(reversed(node.named_children), None)
        if inner is None or inner.type in ("primitive_type", "type_identifier", "sized_type_specifier"):
            break
        node = inner
    last = node.named_children[-1] if node.type == "variable_declaration" and node.named_children else None
    return last if last and last.type.endswith("_declaration") else node  # Zig's types are values


def _words(node: Node) -> Iterator[str]:
    """The tokens of a declaration before its body, those of its modifiers first."""
    for child in node.children:
        if child.type in _MODIFIERS:
            yield from _TELLING.intersection(node_text(child).split())
    for child in node.children:
        if not child.is_named:
            if child.type in ("{", ":", "="):
                return
            yield child.type


def _by_type(node: Node) -> str:
    inner = node.child_by_field_name("type")
    return _TYPES.get(inner.type if inner else "", "") or _TYPES.get(node.type, "")
