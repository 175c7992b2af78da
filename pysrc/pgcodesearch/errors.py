"""The root of all errors that a user can mend: what happened, and what to do about it."""

from __future__ import annotations

from typing import ClassVar


class CodeSearchError(Exception):
    """pgcodesearch could not do this"""

    sqlstate: ClassVar[str | None] = None
    default_hint: ClassVar[str | None] = None

    def __init__(
        self, message: str | None = None, *, detail: str | None = None, hint: str | None = None
    ) -> None:
        self.message = message or type(self).__doc__ or "error"
        self.detail = detail
        self.hint = hint or type(self).default_hint
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.lines()

    def lines(self) -> str:
        """The message, and detail and hint on lines of their own."""
        lines = [self.message]
        if self.detail:
            lines.append(f"detail: {self.detail}")
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


class TrainingError(CodeSearchError, ValueError):
    """training cannot go on with these settings or data"""
