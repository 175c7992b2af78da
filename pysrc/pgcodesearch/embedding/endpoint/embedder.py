"""Texts to an OpenAI-compatible endpoint, unit vectors back: a model version without a graph.

A model version has this kind because somebody configured an endpoint for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pgcodesearch.embedding.artefact import TOKENIZER_FILE, ModelConfig
from pgcodesearch.embedding.embedder import Embedder
from pgcodesearch.embedding.endpoint.answer import read_vectors
from pgcodesearch.embedding.endpoint.config import EndpointConfig
from pgcodesearch.embedding.endpoint.http import EndpointConnection, Patience, Refused
from pgcodesearch.embedding.endpoint.lengths import Lengths
from pgcodesearch.embedding.errors import DimensionMismatch, EndpointUnavailable, TextRefused

PROBE = "def probe(): pass"
# Of all texts of a request together: far below what services take (OpenAI: 300,000 tokens), and an answer in good time.
_REQUEST_BYTES = 200_000
_INDEXING_RETRIES, _INDEXING_PAUSE = 3, 20
# Somebody waits for a search, and its lexical leg can answer.
_SEARCHING = Patience(seconds=10.0, retries=1, longest_pause=2)


class EndpointEmbedder(Embedder):
    """An embedding model behind an endpoint.

    Its files are config.json, whose object ``endpoint`` is an :class:`EndpointConfig`, and, where counts of tokens are
    to be exact, the model's tokenizer.json; without it the counts are estimates (``BYTES_A_TOKEN``).
    """

    remote = True

    def __init__(self, files: Mapping[str, bytes], config: ModelConfig) -> None:
        """Raises InvalidEndpoint. Nothing is sent yet."""
        super().__init__(files, config)
        self.endpoint = EndpointConfig.from_mapping(self._config.endpoint)
        self._lengths = Lengths(self._config.max_tokens, files.get(TOKENIZER_FILE))
        self._connection = EndpointConnection(self.endpoint)
        # A worker commits after each: its step, and what it loses when it is killed, stay small.
        self.texts_a_request = self.endpoint.batch_texts

    def _encode(self, texts: list[str], kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        sent = [self._lengths.cut(text) for text in texts]
        patience = self._patience(searching=kind == "query" and len(texts) == 1)
        embeddings = np.empty((len(sent), self.dimension), dtype=np.float32)
        for batch in request_batches([item.text for item in sent], self.endpoint.batch_texts):
            embeddings[batch] = self._vectors([item.text for item in sent[batch]], patience)
        counts = np.array([item.count for item in sent], dtype=np.int32)
        return embeddings, counts, np.array([item.kept for item in sent], dtype=np.int32)

    def _patience(self, searching: bool) -> Patience:
        if searching:
            return _SEARCHING
        return Patience(self.endpoint.timeout, _INDEXING_RETRIES, _INDEXING_PAUSE)

    def _vectors(self, texts: list[str], patience: Patience) -> np.ndarray:
        """Ask; what is refused in halves, to find the text at fault."""
        try:
            return self._ask(texts, patience)
        except Refused as refusal:
            self._check_others_are_taken(texts, refusal, patience)
            if len(texts) == 1:
                raise TextRefused(f"{refusal} for this text", "Other texts are embedded.") from None
        middle = len(texts) // 2
        return np.concatenate(
            [self._vectors(texts[:middle], patience), self._vectors(texts[middle:], patience)]
        )

    def _check_others_are_taken(self, texts: list[str], refusal: Refused, patience: Patience) -> None:
        """Raise EndpointUnavailable where any text is refused: then it is not the text's fault."""
        if texts != [PROBE]:
            try:
                self._ask([PROBE], patience)
                return
            except Refused:
                pass
        raise EndpointUnavailable(str(refusal), "It takes no text: check the model's configuration.")

    def _ask(self, texts: list[str], patience: Patience) -> np.ndarray:
        asked_for = self.dimension if self.endpoint.send_dimensions else None
        vectors = read_vectors(self._connection.embed(texts, asked_for, patience), len(texts))
        if vectors.shape[1] != self.dimension:
            raise DimensionMismatch(
                f"the endpoint gave vectors of {vectors.shape[1]} dimensions, "
                f"model {self.name!r} has {self.dimension}",
                "Another model answers there now: add it under a name of its own.",
            )
        return vectors


def request_batches(
    texts: Sequence[str], most_texts: int, most_bytes: int = _REQUEST_BYTES
) -> Iterator[slice]:
    """Texts in their order as slices of bounded number and size; a text over the size is a batch of its own."""
    start = size = 0
    for index, text in enumerate(texts):
        bytes_of_text = len(text.encode())
        if index > start and (index - start >= most_texts or size + bytes_of_text > most_bytes):
            yield slice(start, index)
            start, size = index, 0
        size += bytes_of_text
    if start < len(texts):
        yield slice(start, len(texts))
