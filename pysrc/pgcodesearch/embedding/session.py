"""One ONNX Runtime session a process, made when it is first needed."""

from __future__ import annotations

import os

import numpy as np
import onnxruntime

from pgcodesearch.embedding.errors import ArtefactCorrupt
from pgcodesearch.embedding.threads import available_cpus


class GraphRunner:
    """Runs a graph that takes token ids and an attention mask.

    The session's threads do not survive a fork, so a child process makes its own: the process id
    is compared at every call. Spinning stays on (ONNX Runtime's default): without it a query's
    many small operators each wait for a thread to wake.
    """

    def __init__(self, graph: bytes, threads: int | None = None) -> None:
        self._graph = graph
        self._threads = threads
        self._created_in = os.getpid()
        self._session: onnxruntime.InferenceSession | None = None
        self._session_pid = 0
        self._inputs: set[str] = set()

    def run(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """(batch, sequence) int64 twice → the graph's first output, float32."""
        session = self._ensure_session()
        feeds = {name: feed(name, ids, mask) for name in self._inputs}
        output: np.ndarray = session.run(None, feeds)[0]
        return output

    def _ensure_session(self) -> onnxruntime.InferenceSession:
        pid = os.getpid()
        if self._session is None or self._session_pid != pid:
            if pid != self._created_in:
                # The tokenizer's thread pool did not survive the fork either; it would warn, or hang.
                os.environ["TOKENIZERS_PARALLELISM"] = "false"
            self._session = self._open()
            self._session_pid = pid
            self._inputs = {item.name for item in self._session.get_inputs()}
        return self._session

    def _open(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads or available_cpus()
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(self._graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library's own classes are not public
            raise ArtefactCorrupt(
                f"model.onnx cannot be loaded: {error}",
                "Install the package, or add the model, again; a newer onnxruntime may be needed.",
            ) from error


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
