"""What can go wrong with an embedding model, each with the value at fault and a hint that mends it."""

from __future__ import annotations

from pgcodesearch.errors import CodeSearchError


class EmbeddingError(CodeSearchError):
    """An embedding model cannot do what was asked."""

    def __init__(self, message: str | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)

    def __str__(self) -> str:
        # One line: a job keeps it as its last error, and a worker's log has one an event.
        return f"{self.message}. {self.hint}" if self.hint else self.message


class ModelNotFound(EmbeddingError):
    """No model of this name ships with the package, and no folder of this path exists."""


class ArtefactCorrupt(EmbeddingError):
    """The model's files are incomplete, damaged, or do not belong together."""


class DimensionMismatch(EmbeddingError):
    """The model gives vectors of another width than its configuration says."""


class InvalidProvider(EmbeddingError):
    """The environment names a place to run models that there is not."""


class InvalidEndpoint(ArtefactCorrupt):
    """The configuration of a model behind an endpoint has a value that is not allowed."""


class EndpointUnavailable(EmbeddingError):
    """A model's endpoint cannot be used now, whatever the text: down, busy, without a key, or no such service.

    ``retry_after``: seconds after which the endpoint asked to be tried again, 0 where it did not say. ``timed_out``: it
    may have done the work all the same.
    """

    def __init__(
        self, message: str | None = None, hint: str = "", retry_after: float = 0.0, timed_out: bool = False
    ) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after
        self.timed_out = timed_out


class TextRefused(EmbeddingError):
    """A model's endpoint answers, but not for this text."""


NOT_THE_TEXTS_FAULT = (EndpointUnavailable, DimensionMismatch)
