"""Loads the active model while files are still read and chunked: for a small change loading is most of the time."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from multiprocessing.connection import Connection as Pipe
from typing import TYPE_CHECKING, Any

import psycopg

from pgcodesearch.embedding.stored import StoredModel, describe_model, is_loaded, load_local
from pgcodesearch.indexing.encoding import Encoded, RemoteEmbedder, encode_code
from pgcodesearch.indexing.worker import load_embedder

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from pgcodesearch.embedding import Embedder

Connection = psycopg.Connection[Any]
# Many times what loading and one round of the graph take. A fork may hang where another thread held a lock.
_PATIENCE_SECONDS = 60


class EarlyModel:
    """The active model in a process beside this one.

    A process, because half of loading holds the interpreter's lock, which chunking needs at the same time; a fork,
    because another would first have to start Python. Only where forking is safe and nothing is loaded yet: elsewhere
    the model is loaded when it is needed.
    """

    def __init__(self, connection: Connection) -> None:
        """Look up the model; its process waits for :meth:`start`."""
        self._model = describe_model(connection)
        connection.commit()
        self._process: BaseProcess | None = None
        self._pipe: Pipe | None = None
        self._is_loaded = False

    def start(self) -> None:
        """Begin to load, once."""
        if self._process or self._model is None or not _is_worth_a_process(self._model):
            return
        import multiprocessing

        if multiprocessing.current_process().daemon:  # may have no children
            return
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(self._model, theirs, ours), daemon=True)
        try:
            process.start()
        except OSError:  # no more processes: the model is loaded here when it is needed
            ours.close()
        else:
            self._pipe, self._process = ours, process
        finally:
            theirs.close()

    def dismiss(self) -> None:
        """Let the process end by itself; start() then does nothing."""
        self._model = None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None

    def close(self) -> None:
        """End the process; start() then does nothing."""
        self.dismiss()
        if self._process is not None:
            self._process.kill()  # it holds nothing but memory
            self._process.join()
            self._process = None

    def embedder(self, connection: Connection, model_version_id: int) -> Embedder | RemoteEmbedder:
        """What :func:`load_embedder` gives, sooner where it is the model that was started."""
        if self._pipe is not None and self._model and self._model.model_version_id == model_version_id:
            return _Started(self, connection, model_version_id)
        return load_embedder(connection, model_version_id)

    def ask(self, texts: list[str]) -> Encoded | None:
        """Have the process embed texts; None where it can't, and then never again."""
        if self._pipe is not None:
            with contextlib.suppress(EOFError, OSError):
                if not self._is_loaded:
                    self._is_loaded = self._hear()
                self._pipe.send(texts)
                answer: Encoded = self._hear()
                return answer
        # An answer that came late would be taken for that of the next texts.
        self.close()
        return None

    def _hear(self) -> Any:
        assert self._pipe is not None
        if not self._pipe.poll(_PATIENCE_SECONDS):
            raise TimeoutError
        return self._pipe.recv()


class _Started(RemoteEmbedder):
    """The model in the process; where that could not load it, or died, in this one."""

    def __init__(self, early: EarlyModel, connection: Connection, model_version_id: int) -> None:
        self._early = early
        self._model = connection, model_version_id

    def encode_code(self, texts: list[str]) -> Encoded:
        # What went wrong there goes wrong here too, and is raised, or was that process's own.
        return self._early.ask(texts) or encode_code(load_embedder(*self._model), texts)


def _is_worth_a_process(model: StoredModel) -> bool:
    return sys.platform == "linux" and model.has_graph and not is_loaded(model)


def _close_inherited(kept: int) -> None:
    """Close what the parent has open: a program that reads from a pipe of the parent's never sees its end otherwise."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) != kept:
            with contextlib.suppress(OSError):
                os.close(int(name))


def _serve(model: StoredModel, pipe: Pipe, parents: Pipe) -> None:
    """Answer texts with their vectors until the parent closes the pipe, or ends."""
    # Never through the interpreter's end: buffers and connections are the parent's.
    try:
        parents.close()
        _close_inherited(pipe.fileno())
        # Ctrl-C reaches every process of a terminal's group; the parent decides how this one ends.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        embedder = load_local(model)
        if embedder is None:
            return
        pipe.send(True)  # what is sent before that could fill the pipe
        while True:
            pipe.send(encode_code(embedder, pipe.recv()))
    finally:
        os._exit(0)
