"""What is left between definitions: split and merged into blocks, as cAST does (arXiv:2506.15655)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from tree_sitter import Node

from .definitions import FUNCTIONS, Definition
from .preprocessor import is_condition
from .settings import ChunkSettings
from .source import SourceLines


@dataclass(slots=True)
class Block:
    """Rows that go together. `definition` is the named thing it is mostly made of, if any."""

    first: int
    last: int
    size: int
    role: str = "code"  # 'import' | 'comment' | 'condition' (conditional lines alone, which go with anything) | 'code'
    definition: Definition | None = None
    named_size: int = 0  # how much of the block belongs to named things
    owner: Definition | None = None  # the type that the rows were cut out of

    def join(self, other: Block) -> None:
        """Take the rows of the block that follows."""
        self.definition = self.definition or other.definition
        self.role = other.role if self.role in ("comment", "condition") else self.role
        self.last = other.last
        self.size += other.size
        self.named_size += other.named_size


def free_runs(covered: Iterable[tuple[int, int]], source: SourceLines) -> list[tuple[int, int]]:
    """Row ranges outside all the covered ones, without blank rows at their ends; empty ones left out."""
    runs, row = [], 0
    for first, last in sorted(covered):
        if first > row:
            runs.append(source.trim(row, first - 1))
        row = max(row, last + 1)
    runs.append(source.trim(row, len(source.rows) - 1))
    return [run for run in runs if run[0] <= run[1]]


def cut_runs(
    definition: Definition, docs: Iterable[Node], source: SourceLines, max_size: int
) -> list[tuple[int, int]]:
    """Row ranges of a type between its members that are longer than `max_size`; its head and documentation stay."""
    body = definition.body if definition.body >= 0 else definition.start
    first, last = source.row_of(body) + 1, definition.end_row
    if source.indent(last) <= source.indent(definition.start_row):
        last -= 1  # what closes the type
    if source.size(first, last) <= max_size:
        return []
    covered = [(0, first - 1), (last + 1, len(source.rows))]
    covered += [(member.first_row, member.end_row) for member in definition.members()]
    covered += [(node.start_point[0], node.end_point[0]) for node in docs]
    return [run for run in free_runs(covered, source) if source.size(*run) > max_size]


def node_units(
    root: Node, runs: list[tuple[int, int]], source: SourceLines, max_size: int
) -> list[tuple[int, int]]:
    """Row ranges of the largest nodes that lie inside the runs and are at most `max_size` long."""
    free = bytearray(len(source.rows))
    for first, last in runs:
        free[first : last + 1] = b"\1" * (last + 1 - first)
    count = [0, *accumulate(free)]
    units, pending = [], root.children[::-1]
    while pending:
        node = pending.pop()
        (first, _), (last, column) = node.start_point, node.end_point
        last = min(last - (column == 0 and last > first), len(source.rows) - 1)
        inside = count[last + 1] - count[first] if last >= first else 0
        if not inside:
            continue
        if inside == last + 1 - first and source.size(first, last) <= max_size:
            units.append((first, last))
        elif first < last:
            pending.extend(reversed(node.children))
    return units


def paragraph_units(first: int, last: int, source: SourceLines, max_size: int) -> list[tuple[int, int]]:
    """Row ranges between blank rows; those longer than `max_size` are left to single rows."""
    units, start = [], first
    for row in range(first, last + 2):
        if row > last or not source.sizes[row]:
            if start < row and source.size(start, row - 1) <= max_size:
                units.append((start, row - 1))
            start = row + 1
    return units


class BlockMaker:
    """Merges units of rows into blocks and names them."""

    def __init__(
        self,
        source: SourceLines,
        settings: ChunkSettings,
        definitions: Iterable[Definition] = (),
        imports: Iterable[Node] = (),
        comments: Iterable[Node] = (),
        prose: Iterable[tuple[int, int]] = (),
    ) -> None:
        self.source, self.settings = source, settings
        self._named = [item for item in definitions if not item.emitted and not _inside_function(item)]
        self._starts = [item.first_row for item in self._named]
        own = (
            node for node in comments if not source.rows[node.start_point[0]][: node.start_point[1]].strip()
        )
        said = {row: "comment" for first, last in prose for row in range(first, last + 1)}
        self._roles = said | _rows(own, "comment") | _rows(imports, "import")

    def blocks(self, first: int, last: int, units: list[tuple[int, int]]) -> list[Block]:
        """Blocks of the run first..last; `units` are ranges that should stay together."""
        merged: list[Block] = []
        for unit in self._glued(self._units(first, last, units)):
            if merged and self._fits(merged[-1], unit):
                merged[-1].join(unit)
            else:
                merged.append(unit)
        if len(merged) > 1 and merged[-1].size < self.settings.min_size and merged[-1].definition is None:
            tail = merged.pop()
            if merged[-1].size + tail.size <= self.settings.max_size and merged[-1].role == tail.role:
                merged[-1].join(tail)
            else:
                merged.append(tail)
        for block in merged:
            block.first, block.last = self.source.trim(block.first, block.last)
            if block.definition is not None and block.named_size * 2 < block.size:
                block.definition = None
        return merged

    def _units(self, first: int, last: int, units: list[tuple[int, int]]) -> list[Block]:
        """The run as consecutive blocks: the units, and single rows where there is none."""
        found, row, position = [], first, 0
        while row <= last:
            while position < len(units) and units[position][1] < row:
                position += 1
            end = row
            if position < len(units) and units[position][0] <= row:
                end = min(units[position][1], last)
            if self.source.size(row, end):
                found.append(self._unit(row, end))
            row = end + 1
        return found

    def _unit(self, first: int, last: int) -> Block:
        size = self.source.size(first, last)
        roles = {self._role(row) for row in range(first, last + 1) if self.source.sizes[row]}
        if len(roles) > 1:
            roles.discard("condition")
        role = roles.pop() if len(roles) == 1 else "code"
        definition = self._name(first, last) if role != "import" else None
        return Block(first, last, size, role, definition, size if definition else 0)

    def _role(self, row: int) -> str:
        found = self._roles.get(row)
        return found or ("condition" if is_condition(self.source.rows[row]) else "code")

    def _name(self, first: int, last: int) -> Definition | None:
        """The named thing that starts in these rows, or the one they are a part of."""
        position = bisect_right(self._starts, first) - 1
        following = position + 1
        starts_here = following < len(self._named) and self._named[following].first_row <= last
        if starts_here and (position < 0 or self._named[position].end_row < first):
            return self._named[following]
        found = self._named[position] if position >= 0 else None
        while found is not None and found.end_row < first:
            found = found.parent
        if found is None or found.emitted or (found.kind == "scope" and found.start_row < first):
            return None
        return found

    def _glued(self, units: list[Block]) -> list[Block]:
        """Comments stay with the line below them."""
        glued: list[Block] = []
        for unit in units:
            above = glued[-1] if glued else None
            if (
                above is not None
                and above.role == "comment"
                and above.last + 1 == unit.first
                and above.size + unit.size <= self.settings.max_size
            ):
                above.named_size = above.size if unit.definition else 0
                above.join(unit)
            else:
                glued.append(unit)
        return glued

    def _fits(self, block: Block, unit: Block) -> bool:
        """Whether the unit joins the block: same role, and small enough together."""
        settings, together = self.settings, block.size + unit.size
        roles = {block.role, unit.role}
        if roles == {"import", "code"}:
            return False
        both_named = block.definition and unit.definition and block.definition is not unit.definition
        if both_named and max(block.size, unit.size) >= settings.min_size:
            return False
        return together <= settings.target_size or (
            block.size < settings.min_size and together <= settings.max_size
        )


def _inside_function(definition: Definition | None) -> bool:
    """True for what a function holds, anonymous ones too: it names no block outside."""
    if definition is None or definition.kind == "wrapper":
        return definition is not None
    outer = definition.parent
    while outer is not None and outer.kind not in FUNCTIONS and outer.kind != "wrapper":
        outer = outer.parent
    return outer is not None


def _rows(nodes: Iterable[Node], role: str) -> dict[int, str]:
    roles = {}
    for node in nodes:
        for row in range(node.start_point[0], node.end_point[0] + (node.end_point[1] > 0)):
            roles[row] = role
    return roles
