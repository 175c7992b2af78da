"""A file as its grammars see it: one layer for most files, several for components, notebooks and merge conflicts."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node, Range

from .conflicts import Conflict, find_conflicts, without_sides
from .languages import Grammar, load_grammar
from .magics import without_magics
from .notebook import Notebook
from .parsing import Captures, capture, parse
from .preprocessor import unparsed_bytes
from .scripts import find_scripts
from .settings import ChunkSettings
from .source import SourceLines
from .test_macros import with_named_tests

WITH_SCRIPTS = frozenset({"html", "vue", "svelte", "astro"})


@dataclass(slots=True)
class Layer:
    """One grammar's tree over the bytes of a file, and the rows where that grammar has the say.

    `data` has the file's offsets and rows; what belongs to other layers may be blank in it.
    """

    grammar: Grammar
    data: bytes
    root: Node
    rows: list[tuple[int, int]]  # 0-based, both included
    names: dict[int, tuple[str, ...]] = field(
        default_factory=dict
    )  # names in parts that the grammar can't see
    sides: list[tuple[int, int]] = field(
        default_factory=list
    )  # rows that what begins there ends with at the latest
    captures: Captures = field(init=False)

    def __post_init__(self) -> None:
        self.captures = capture(self.grammar, self.root)

    def covers(self, row: int) -> bool:
        """Does the row lie in this layer?"""
        return any(start <= row <= end for start, end in self.rows)

    def within(self, runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """The parts of row ranges that lie in this layer."""
        pairs = ((max(first, start), min(last, end)) for first, last in runs for start, end in self.rows)
        return [(first, last) for first, last in pairs if first <= last]


def read_layers(language: str | None, source: SourceLines, settings: ChunkSettings) -> list[Layer]:
    """The layers of a file, the one of its language first; none where it can't be parsed."""
    grammar = load_grammar(language) if language else None
    if grammar is None or not _has_lines(source, settings):
        return []
    everything = [(0, len(source.rows) - 1)]
    if grammar.name in WITH_SCRIPTS:
        return _with_scripts(grammar, source, settings)
    if (conflicts := find_conflicts(source.rows)) and grammar.name != "markdown":
        return _with_sides(grammar, source, conflicts, settings)
    if grammar.name in ("c", "cpp"):
        return _of_c(grammar, source, settings)
    tree = parse(grammar, source.bytes, settings)
    return [] if tree is None else [Layer(grammar, source.bytes, tree.root_node, everything)]


def _has_lines(source: SourceLines, settings: ChunkSettings) -> bool:
    """False for minified code alone: chunks are made of lines, and these lines can't be told apart."""
    limit = settings.max_line_chars
    return any(size and len(row) <= limit for size, row in zip(source.sizes, source.rows, strict=True))


def _of_c(grammar: Grammar, source: SourceLines, settings: ChunkSettings) -> list[Layer]:
    """C or C++, with tests named by their macros' arguments."""
    data, names = with_named_tests(source.bytes)
    tree = parse(grammar, data, settings)
    return [] if tree is None else [Layer(grammar, data, tree.root_node, [(0, len(source.rows) - 1)], names)]


def _with_scripts(grammar: Grammar, source: SourceLines, settings: ChunkSettings) -> list[Layer]:
    """The page, and a layer for each script in it."""
    tree = parse(grammar, source.bytes, settings)
    if tree is None:
        return []
    page = Layer(grammar, source.bytes, tree.root_node, [(0, len(source.rows) - 1)])
    layers = [page]
    for script in find_scripts(grammar.name, source.bytes):
        found = load_grammar(script.language)
        data = script.alone(source.bytes)
        inner = parse(found, data, settings) if found else None
        first, last = source.row_of(script.start), source.row_of(max(script.end - 1, script.start))
        if found and inner:
            layers.append(Layer(found, data, inner.root_node, [(first, last)]))
            page.rows = _without(page.rows, first, last)
    return layers


def _without(rows: list[tuple[int, int]], first: int, last: int) -> list[tuple[int, int]]:
    pieces = [
        part for start, end in rows for part in ((start, min(end, first - 1)), (max(start, last + 1), end))
    ]
    return [(start, end) for start, end in dict.fromkeys(pieces) if start <= end]


def _with_sides(
    grammar: Grammar, source: SourceLines, conflicts: list[Conflict], settings: ChunkSettings
) -> list[Layer]:
    """Both sides of merge conflicts as one text where that parses, else the first side, and the second beside it."""
    everything = [(0, len(source.rows) - 1)]
    both = without_sides(source.bytes, conflicts)
    tree = parse(grammar, both, settings)
    if tree is None or not tree.root_node.has_error:
        return [] if tree is None else [Layer(grammar, both, tree.root_node, everything)]
    ours = without_sides(source.bytes, conflicts, "theirs")
    theirs = without_sides(source.bytes, conflicts, "ours")
    first, second = parse(grammar, ours, settings), parse(grammar, theirs, settings)
    if first is None or second is None or unparsed_bytes(first.root_node) >= unparsed_bytes(tree.root_node):
        return [Layer(grammar, both, tree.root_node, everything)]
    return [
        Layer(grammar, ours, first.root_node, everything, sides=[conflict.ours for conflict in conflicts]),
        Layer(grammar, theirs, second.root_node, [conflict.theirs for conflict in conflicts]),
    ]


def notebook_layers(notebook: Notebook, source: SourceLines, settings: ChunkSettings) -> list[Layer]:
    """A layer for each cell of code: what one can't parse does not hide the others."""
    data = without_magics(source.bytes)
    layers = []
    for cell in notebook.cells:
        grammar = load_grammar(cell.language) if cell.language else None
        tree = parse(grammar, data, settings, [_range(source, cell.first, cell.last)]) if grammar else None
        if grammar and tree:
            layers.append(Layer(grammar, data, tree.root_node, [(cell.first, cell.last)]))
    return layers


def _range(source: SourceLines, first: int, last: int) -> Range:
    """The bytes and points of rows first..last, the line end of the last included."""
    return Range((first, 0), (last + 1, 0), source.start_byte(first), source.end_byte(last))
