"""Items that Rust code wraps in macros, which a grammar keeps as tokens: ``cfg_rt! { impl Runtime { … } }``.

Where what a macro is given parses as items, the macro's name and braces are blank for the parser, and what it wraps has
its names. Offsets and rows stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tree_sitter import Node, Tree

from .preprocessor import blank

_ITEM = re.compile(
    rb"^\s*(?:pub(?:\([^)]*\))?\s+)?(?:(?:async|const|unsafe|extern)\s+)*(?:fn|struct|enum|union|trait|impl|mod)\b",
    re.MULTILINE,
)
_ITEM_PLACES = frozenset({"source_file", "declaration_list"})
_NESTED = 3  # macros in macros


def with_macro_items(tree: Tree, data: bytes, parsed: Callable[[bytes], Tree | None]) -> Tree:
    """The tree with the items inside macros, or the one given where there are none. ``parsed`` parses a source."""
    for _ in range(_NESTED):
        changed = bytearray(data)
        for macro, given in _item_macros(tree.root_node):
            inside = data[given.start_byte + 1 : given.end_byte - 1]
            items = parsed(inside) if _ITEM.search(inside) else None
            if items is not None and not items.root_node.has_error:
                changed[macro.start_byte : given.start_byte + 1] = blank(
                    data[macro.start_byte : given.start_byte + 1]
                )
                changed[given.end_byte - 1 : macro.end_byte] = blank(
                    data[given.end_byte - 1 : macro.end_byte]
                )
        if changed == data or (opened := parsed(bytes(changed))) is None:
            break
        tree, data = opened, bytes(changed)
    return tree


def _item_macros(root: Node) -> Iterator[tuple[Node, Node]]:
    """Macros where items stand, each with the tokens it is given in braces."""
    pending = [root]
    while pending:
        node = pending.pop()
        if node.type not in _ITEM_PLACES:
            pending.extend(child for child in node.children if child.type in _ITEM_PLACES)
            continue
        for child in node.children:
            macro = child.named_child(0) if child.type == "expression_statement" else child
            if macro is not None and macro.type == "macro_invocation":
                given = macro.children[-1]
                if given.type == "token_tree" and given.text is not None and given.text.startswith(b"{"):
                    yield macro, given
            else:
                pending.append(child)
