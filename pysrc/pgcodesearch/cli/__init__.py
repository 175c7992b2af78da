"""The command line: one file a command, each exposing ``command``; no SQL and no logic here.

A file of this package whose name does not begin with an underscore is a command and is imported only when it runs.
Helpers for commands: :mod:`pgcodesearch.cli._context` and :mod:`pgcodesearch.cli._output`.
"""

import os

# NumPy starts BLAS's threads when it is imported, and no command multiplies matrices large enough for them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pgcodesearch.cli._main import main

__all__ = ["main"]
