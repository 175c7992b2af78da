"""Where a graph runs: on a GPU by CUDA where that can be, else on the CPU.

The environment variable ``PGCODESEARCH_EMBEDDING_PROVIDER`` says ``cpu``, ``cuda`` or ``auto``. Whatever it says, a
graph that cannot run on the GPU runs on the CPU, and a warning tells why, once a process.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pgcodesearch.embedding.errors import InvalidProvider
from pgcodesearch.embedding.forks import tell_after_fork

PROVIDER_VARIABLE = "PGCODESEARCH_EMBEDDING_PROVIDER"
CHOICES = ("auto", "cpu", "cuda")
CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"

# ONNX Runtime has no such operator for CUDA: each product would be copied to the CPU and back.
_CPU_ONLY = (b"MatMulIntegerToFloat", b"MatMulInteger", b"DynamicQuantizeLinear")
_LOG = logging.getLogger(__name__)

Provider = str | tuple[str, dict[str, str]]
Open = Callable[[Sequence[Provider]], Any]
# All bits of fp32: vectors made here are compared with queries that are embedded on other machines.
_ON_GPU: list[Provider] = [(CUDA, {"use_tf32": "0"}), CPU]


class Providers:
    """Opens sessions, and remembers for a process why it cannot have CUDA. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened = False
        self._refused: str | None = None
        self._told: set[str] = set()
        tell_after_fork(self)

    def after_fork(self) -> None:
        """A child of a process that used CUDA cannot use it: its driver's state belongs to the parent."""
        self._lock = threading.Lock()
        if self._opened:
            self._refused = "this process was forked from one that uses it"

    def open(
        self, graph: bytes, available: Sequence[str], start: Open, environment: Mapping[str, str] = os.environ
    ) -> Any:
        """A session of ``graph``, on the provider that is chosen, or on the CPU where that fails.

        available: what ONNX Runtime was built with. start: makes a session from a list of providers, and its
        ``get_providers()`` says which it got. Raises InvalidProvider for another value of the variable, and what
        ``start`` raises on the CPU.
        """
        if choose(graph, available, environment) == CPU:
            return start([CPU])
        if self._refused is None:
            session, self._refused = _try_cuda(available, start)
            if session is not None:
                self._opened = True
                return session
        self._tell(f"embedding runs on the CPU, not by CUDA: {self._refused}")
        return start([CPU])

    def gave_up(self, reason: str) -> None:
        """CUDA failed in the middle of the work: no session is opened on it any more in this process."""
        self._refused = reason

    def _tell(self, line: str) -> None:
        with self._lock:
            fresh = line not in self._told
            self._told.add(line)
        if fresh:
            _LOG.warning(line)


def _try_cuda(available: Sequence[str], start: Open) -> tuple[Any, str | None]:
    """A session on CUDA, or None and why there is none."""
    if CUDA not in available:
        return None, "this onnxruntime has none: install onnxruntime-gpu in its place"
    try:
        session = start(_ON_GPU)
    except Exception as error:  # the library's own classes are not public
        return None, first_line(error)
    # A provider whose libraries are missing is left out without an exception.
    if CUDA in session.get_providers():
        return session, None
    return None, "onnxruntime could not load it: are CUDA and cuDNN there, in the versions that it needs?"


def first_line(error: Exception) -> str:
    """What an error of ONNX Runtime says, on one line of bounded length."""
    return str(error).strip().split("\n")[0][:300] or type(error).__name__


PROVIDERS = Providers()


def choose(graph: bytes, available: Sequence[str], environment: Mapping[str, str] = os.environ) -> str:
    """The provider that is to be tried for a graph. Raises InvalidProvider.

    ``auto``: CUDA where ONNX Runtime has it and the graph has no product of integers.
    """
    said = environment.get(PROVIDER_VARIABLE, "").strip().lower() or "auto"
    if said not in CHOICES:
        raise InvalidProvider(f"{PROVIDER_VARIABLE} is {said!a}", f"Use one of {', '.join(CHOICES)}.")
    if said == "auto":
        return CUDA if CUDA in available and not any(name in graph for name in _CPU_ONLY) else CPU
    return CUDA if said == "cuda" else CPU
