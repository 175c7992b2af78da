"""Saying what was of use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pgcodesearch.agents.schema import Says
from pgcodesearch.agents.toolbox import Call, tool


@dataclass(frozen=True, slots=True)
class Recorded:
    """Feedback that is stored."""

    feedback_id: int
    signal: str

    def text(self) -> str:
        """What was recorded."""
        return f"Recorded: {self.signal}."


@tool("Record feedback", writes=True)
def record_feedback(
    call: Call,
    query_id: Annotated[int, Says("query_id of the search.", 1)],
    signal: Annotated[
        Literal["accept", "reject", "edit", "copy", "click", "abandon"],
        Says("accept: answered the question; edit: you changed this code; copy: you took it over; reject: misleading;"
             " abandon: the search found nothing of use, without chunk_id."),
    ],
    chunk_id: Annotated[int | None, Says("chunk_id of the result; none for abandon.", 1)] = None,
) -> Recorded:  # fmt: skip
    """Say what became of a result, once you know: the search learns from it. Reading with read_chunk is recorded by
    itself."""
    return Recorded(call.client.record_feedback(query_id, chunk_id, signal), signal)
