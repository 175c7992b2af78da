"""Sizes that steer chunking."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """Sizes. Block sizes count non-whitespace characters, as in cAST (arXiv:2506.15655)."""

    target_size: int = 500
    min_size: int = 100
    max_size: int = 1000
    max_body_size: int = 6000  # of a type's rows between two members; longer runs become blocks
    max_signature_chars: int = 400
    max_skeleton_chars: int = 4000
    max_text_chars: int = 6000
    max_line_chars: int = 2000  # longer lines are cut by characters inside the texts
    first_body_lines: int = 10  # these come before imports and the parent in an embedded text
    window_lines: int = 16
    window_overlap: int = 4
    window_after_lines: int = 20  # a longer body gets windows
    max_parse_bytes: int = 4_000_000  # larger files go to line windows unparsed
    parse_seconds: float = 10.0  # CPU time at which a parser is stopped at the latest; then line windows
