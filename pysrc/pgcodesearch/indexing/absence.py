"""Models whose endpoint cannot be used now: which, why, and when each is asked again.

Their jobs wait in the queue meanwhile, and nothing is wrong with the files. Chunking and other models go on.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from pgcodesearch.embedding.errors import EmbeddingError

_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 300.0


@dataclass(frozen=True)
class _Absence:
    error: EmbeddingError
    pause: float
    until: float


class Absences:
    """What one worker knows of its models' endpoints."""

    def __init__(self) -> None:
        self._known: dict[int, _Absence] = {}

    def note(self, model_version_id: int, error: EmbeddingError) -> float:
        """The model could not answer; the seconds until it is asked again, more each time, or as long as it asked."""
        before = self._known.get(model_version_id)
        pause = min(before.pause * 2, _LONGEST_PAUSE) if before else _FIRST_PAUSE
        pause = max(pause, min(float(getattr(error, "retry_after", 0.0)), _LONGEST_PAUSE))
        self._known[model_version_id] = _Absence(error, pause, time.monotonic() + pause)
        return pause

    def forget(self, model_version_id: int) -> None:
        """The model answers."""
        self._known.pop(model_version_id, None)

    def models(self) -> list[int]:
        """Those that are not to be asked yet."""
        now = time.monotonic()
        return [model for model, absence in self._known.items() if absence.until > now]

    def check(self, model_version_id: int | None = None) -> None:
        """Raise what went wrong last with a model that is not back, of one or of any: EndpointUnavailable,
        DimensionMismatch."""
        for model, absence in self._known.items():
            if model_version_id in (None, model):
                raise absence.error
