"""A file as lines: sizes, blankness and byte offsets, all by 0-based row."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate


class SourceLines:
    """The rows of a file, split at ``\\n`` alone (as tree-sitter, git and editors count them)."""

    def __init__(self, content: str) -> None:
        self.content = content
        self.rows = content.split("\n")
        if len(self.rows) > 1 and self.rows[-1] == "":
            self.rows.pop()
        # Scanners stop at NUL and stumble over a byte order mark: parse a blank and nothing. Rows stay.
        parsed = content.removeprefix("\ufeff").replace("\0", " ")
        self.bytes = parsed.encode("utf-8", "surrogatepass")

    @cached_property
    def sizes(self) -> list[int]:
        """Non-whitespace characters of each row; 0 says blank."""
        return [len("".join(row.split())) for row in self.rows]

    @cached_property
    def _running(self) -> list[int]:
        return [0, *accumulate(self.sizes)]

    @cached_property
    def _starts(self) -> list[int]:
        starts, position, find = [0], -1, self.bytes.find
        while (position := find(b"\n", position + 1)) >= 0:
            starts.append(position + 1)
        return starts

    def size(self, first: int, last: int) -> int:
        """Non-whitespace characters of rows first..last, both included."""
        last = min(last, len(self.rows) - 1)
        return self._running[last + 1] - self._running[first] if last >= first else 0

    def indent(self, row: int) -> int:
        """Characters of white space before the row's first other one."""
        text = self.rows[row]
        return len(text) - len(text.lstrip())

    def start_byte(self, row: int) -> int:
        """Offset of the row's first byte in `bytes`."""
        return self._starts[row]

    def end_byte(self, row: int) -> int:
        """Offset in `bytes` behind the row's last byte and line end."""
        return self._starts[row + 1] if row + 1 < len(self._starts) else len(self.bytes)

    def row_of(self, byte: int) -> int:
        """The row a byte offset lies in."""
        return bisect_right(self._starts, byte) - 1

    def slice(self, start: int, end: int) -> str:
        """Text between two byte offsets."""
        return self.bytes[start:end].decode("utf-8", "replace")

    def before(self, byte: int) -> str:
        """Text of the byte's row up to it."""
        return self.slice(self._starts[self.row_of(byte)], byte)

    def after(self, byte: int) -> str:
        """Text of the byte's row from it on."""
        end = self.bytes.find(b"\n", byte)
        return self.slice(byte, len(self.bytes) if end < 0 else end)

    def trim(self, first: int, last: int) -> tuple[int, int]:
        """The range without blank rows at its ends (first > last when all are blank)."""
        while first <= last and not self.sizes[first]:
            first += 1
        while last >= first and not self.sizes[last]:
            last -= 1
        return first, last
