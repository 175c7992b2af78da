"""One ONNX Runtime session a process, made when it is first needed."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

import numpy as np
import onnxruntime

from pgcodesearch.embedding.errors import ArtefactCorrupt, InvalidProvider
from pgcodesearch.embedding.forks import tell_after_fork
from pgcodesearch.embedding.providers import CUDA, PROVIDERS, Provider, first_line
from pgcodesearch.embedding.threads import available_cpus


class GraphRunner:
    """Runs a graph that takes token ids and an attention mask; safe to share between threads.

    The session's threads do not survive a fork, so a child process makes its own. Spinning stays on
    (ONNX Runtime's default): without it a query's many small operators each wait for a thread to wake.
    """

    def __init__(self, graph: bytes, threads: int | None = None) -> None:
        self._graph = graph
        self._threads = threads
        self._opening = threading.RLock()
        self._session: onnxruntime.InferenceSession | None = None
        self._parents: onnxruntime.InferenceSession | None = None
        tell_after_fork(self)

    def after_fork(self) -> None:
        """Leave the session to the parent process."""
        self._opening = threading.RLock()
        # Kept, not deleted: its destructor would wait for threads that are not here.
        self._parents, self._session = self._session or self._parents, None
        # The tokenizer's thread pool did not survive the fork either; it would warn, or hang.
        os.environ["TOKENIZERS_PARALLELISM"] = "false"

    def run(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """(batch, sequence) int64 twice → the graph's first output, float32."""
        session = self._session or self._ensure_session()
        feeds = {item.name: feed(item.name, ids, mask) for item in session.get_inputs()}
        try:
            output: np.ndarray = session.run(None, feeds)[0]
        except Exception as error:
            if not _is_on_gpu(session):
                raise
            # Its memory may be full, or the device gone: the CPU goes on.
            PROVIDERS.gave_up(first_line(error))
            with self._opening:
                if self._session is session:
                    self._session = None
            output = self._ensure_session().run(None, feeds)[0]
        return output

    @property
    def on_gpu(self) -> bool:
        """Whether the graph runs on a GPU; makes the session where there is none yet."""
        return _is_on_gpu(self._session or self._ensure_session())

    def _ensure_session(self) -> onnxruntime.InferenceSession:
        with self._opening:
            if self._session is None:
                self._session = self._open()
            return self._session

    def _open(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads or available_cpus()
        options.inter_op_num_threads = 1
        options.log_severity_level = 3

        def start(providers: Sequence[Provider]) -> onnxruntime.InferenceSession:
            return onnxruntime.InferenceSession(self._graph, options, providers=list(providers))

        try:
            return PROVIDERS.open(self._graph, onnxruntime.get_available_providers(), start)
        except InvalidProvider:
            raise
        except Exception as error:  # the library's own classes are not public
            raise ArtefactCorrupt(
                f"model.onnx cannot be loaded: {error}",
                "Install the package, or add the model, again; a newer onnxruntime may be needed.",
            ) from error


def _is_on_gpu(session: onnxruntime.InferenceSession) -> bool:
    return CUDA in session.get_providers()


def feed(name: str, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """What a graph's input of this name gets; raises ArtefactCorrupt for one that is not known."""
    if name == "input_ids":
        return ids
    if name == "attention_mask":
        return mask
    if name == "token_type_ids":
        return np.zeros_like(ids)
    if name == "position_ids":
        return np.broadcast_to(np.arange(ids.shape[1], dtype=ids.dtype), ids.shape)
    raise ArtefactCorrupt(
        f"model.onnx has an input {name!r}",
        "Known are input_ids, attention_mask, token_type_ids and position_ids: export the model without a cache.",
    )
