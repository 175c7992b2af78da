"""Where a file's names come from: what it imports, and how modules are written with dots."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from tree_sitter import Node

from .parsing import ImportMatch, node_text
from .words import qualified_parts

# Languages where a name of another file must be imported to be used.
STRICT = frozenset({"python", "javascript", "typescript", "tsx", "html", "vue", "svelte", "astro"})
_BY_FOLDER = frozenset({"go"})  # a module is a folder
_UNNAMED = frozenset({"__init__", "index", "mod"})  # files that stand for their folder
_EXTENSION = re.compile(r"\.(?:h|hpp|hh|hxx|[cm]?[jt]sx?|vue|svelte|zig|lua|rb|php)$")
_SEPARATORS = re.compile(r"::|->|[\\/:]")
_RUST = frozenset({"use_list", "scoped_identifier", "use_declaration", "use_as_clause"})
_HERE = re.compile(r"^(?:crate|self|super|\$?this)(?:\.|$)")
_VERSION = re.compile(r"v\d+")
_OPTIONAL = re.compile(r"(?:[\w.]+\.)?Optional\[(.*)\]", re.DOTALL)
_TYPE_WORDS = re.compile(
    r"\b(?:mut|const|dyn|impl|final|readonly|in|out|inout|ref|struct|enum|class|type)\s+|'\w+\s+"
)


@dataclass(slots=True)
class Import:
    """One imported name: where it is written, what it is in full ('' for everything), and its name here."""

    node: Node
    origin: str
    name: str
    local: str


@dataclass(slots=True)
class Imports:
    """A file's module, and for each imported name what it is in full, with dots."""

    module: str
    language: str
    found: list[Import] = field(default_factory=list)
    bound: dict[str, str] = field(default_factory=dict)
    everything: list[str] = field(default_factory=list)  # modules of which all names are imported

    def full_type(self, text: str, own: set[str]) -> str:
        """A type as it is written, in full; `own` are the names that the file defines."""
        text = text.strip().strip(":").strip().strip("\"'")
        if optional := _OPTIONAL.fullmatch(text):
            text = optional.group(1).strip("\"'")
        choices = [part.strip() for part in text.split("|")] if "|" in text and "[" not in text else [text]
        choices = [part for part in choices if part not in ("None", "null", "undefined", "nil")]
        parts = qualified_parts(_TYPE_WORDS.sub("", choices[0]).lstrip("*&? ")) if len(choices) == 1 else []
        return self.full(parts, own) if parts else ""

    def full(self, parts: list[str], own: set[str]) -> str:
        """A qualified name in full: by what its first part is imported as, or defined as here."""
        if parts[0] in self.bound:
            return ".".join([self.bound[parts[0]], *parts[1:]])
        if parts[0] in own and self.language in STRICT:
            return ".".join(part for part in [self.module, *parts] if part)
        return ".".join(parts)


def module_of(path: str, language: str) -> str:
    """A file's module with dots: ``src/click/__init__.py`` → src.click; a folder's in Go."""
    stem, _ = posixpath.splitext(path)
    parts = [part for part in stem.split("/") if part]
    if parts and (language in _BY_FOLDER or parts[-1] in _UNNAMED):
        parts.pop()
    return ".".join(parts)


def read_imports(path: str, language: str, matches: list[ImportMatch]) -> Imports:
    """The imports of a file from the matches of its grammars' queries."""
    imports = Imports(module_of(path, language), language)
    for match in matches:
        _read(imports, path, match)
    return imports


def _read(imports: Imports, path: str, match: ImportMatch) -> None:
    module = match.module
    if module is None:
        module = _scala_path(match.node) if imports.language == "scala" else _rust_path(match.node)
    dotted = _dotted(module, path, imports.language) if module is not None else ""
    if match.all_of:
        imports.everything.append(dotted)
        imports.found.append(Import(match.node, dotted, "*", "*"))
        return
    text = node_text(match.node)
    written = _dotted(text, path, imports.language)
    full = dotted if match.whole else ".".join(part for part in (dotted, written) if part)
    parts = full.split(".")
    if imports.language == "go" and len(parts) > 1 and _VERSION.fullmatch(parts[-1]):
        parts.pop()
    origin, name = ".".join(parts[:-1]), parts[-1]
    local = match.alias or (text if match.whole else name)
    if not name:
        return
    imports.found.append(Import(match.node, origin, name, local))
    if module is None and not match.alias and imports.language == "python" and origin:
        imports.bound.setdefault(parts[0], parts[0])  # `import a.b` binds a
    else:
        imports.bound.setdefault(local, ".".join(parts))


def _rust_path(node: Node) -> str | None:
    """What stands before a name in Rust's nested lists: ``use a::{b::{c}}`` → a::b of c."""
    if node.parent is None or node.parent.type not in _RUST:
        return None
    found: list[str] = []
    outer: Node | None = node.parent
    while outer is not None and outer.type != "use_declaration":
        prefix = (
            outer.child_by_field_name("path")
            if outer.type in ("scoped_use_list", "scoped_identifier")
            else None
        )
        if prefix is not None and not prefix.start_byte <= node.start_byte < prefix.end_byte:
            found.append(node_text(prefix))
        outer = outer.parent
    return "::".join(reversed(found)) if found else None


def _scala_path(node: Node) -> str | None:
    """What stands before a name in Scala's imports: ``import a.b.{c, d}`` → a.b of c and of d."""
    last, declaration = node, node.parent
    while declaration is not None and declaration.type != "import_declaration":
        last, declaration = declaration, declaration.parent
    before = declaration.named_children if declaration is not None else []
    return ".".join(node_text(part) for part in before if part.end_byte <= last.start_byte) or None


def _dotted(text: str, path: str, language: str) -> str:
    """A module or name with dots; what is relative is resolved against the file's path."""
    text = text.strip("\"'`<>; ")
    if language == "python" and text.startswith("."):
        rest = text.lstrip(".")
        above = path.split("/")[: -(len(text) - len(rest))]
        return ".".join([*above, *(part for part in rest.split(".") if part)])
    if text.startswith((".", "@/", "~/")) and "/" in text:
        folder = posixpath.dirname(path) if text.startswith(".") else ""
        text = posixpath.normpath(posixpath.join(folder, text.lstrip("@~").lstrip("/")))
        text = text.lstrip("./")
    text = _EXTENSION.sub("", text) if "/" in text or language in ("c", "cpp") else text
    parts = [part for part in _SEPARATORS.sub(".", text).split(".") if part]
    while len(parts) > 1 and parts[-1] in _UNNAMED and "/" in text:
        parts.pop()
    dotted = ".".join(parts)
    while _HERE.match(dotted) and language == "rust":
        dotted = _HERE.sub("", dotted)
    return dotted
