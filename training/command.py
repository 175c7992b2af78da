"""What the modules of the training that are commands have in common: help, errors that say what mends them, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from pgcodesearch.errors import CodeSearchError
from pgcodesearch.training.distributed import started_rank

Settings = TypeVar("Settings")


def run_config(
    help_text: str | None,
    read: Callable[[str, list[str]], Settings],
    run: Callable[[Settings], Mapping[str, Any]],
) -> None:
    """``CONFIG [key=value …]`` of the command line: read it, run it, print the result as JSON, of the first process.

    Ends the process with 2 where no config is named, and with 1 and the error's lines where one can be mended.
    """
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(help_text)
        raise SystemExit(0 if arguments else 2)
    with mendable_errors():
        result = run(read(arguments[0], arguments[1:]))
    if started_rank() == 0:
        print(json.dumps(result, indent=2, ensure_ascii=False))


@contextmanager
def mendable_errors() -> Iterator[None]:
    """Inside, an error of this package ends the process with its message and hint, and no trace."""
    try:
        yield
    except CodeSearchError as error:
        print(f"error: {error.lines()}", file=sys.stderr)
        raise SystemExit(1) from None
