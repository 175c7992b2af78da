"""Something that runs beside a test, and whether it waits for what the test holds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from support.databases import Database

_BLOCKED = (
    "select count(*) from pg_stat_activity"
    " where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0"
)


class Beside:
    """Runs a function in a thread; ``end`` raises what it raised."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(function, arguments))
        self._thread.start()

    def _run(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        try:
            function(*arguments)
        except BaseException as error:
            self._error = error

    def waits(self, database: Database) -> bool:
        """Whether a session of the database comes to wait for another's lock; False where it ends without."""
        while self._thread.is_alive():
            if database.value(_BLOCKED):
                return True
            time.sleep(0.02)
        return False

    def end(self) -> None:
        """Wait for its end."""
        self._thread.join(60)
        assert not self._thread.is_alive()
        if self._error:
            raise self._error
