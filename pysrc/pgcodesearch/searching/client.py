"""A connection and the embedder of the model version that answers."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from pgcodesearch.database.errors import NoEmbedding, UnknownModel, mapped_errors
from pgcodesearch.embedding.errors import EmbeddingError
from pgcodesearch.embedding.stored import StoredModel, describe_model, load_stored
from pgcodesearch.searching import changes, occurrences, packing, queries
from pgcodesearch.searching import hops as hopping
from pgcodesearch.searching.changes import Change, ChangeOptions, Companion
from pgcodesearch.searching.connected import Connected
from pgcodesearch.searching.hops import HopHit
from pgcodesearch.searching.occurrences import Occurrence, OccurrencePage
from pgcodesearch.searching.packing import OutlinedDefinition, Pack
from pgcodesearch.searching.queries import Explanation, Freshness, Hit, SearchOptions
from pgcodesearch.searching.retrying import reads

if TYPE_CHECKING:
    import numpy as np

    from pgcodesearch.embedding.embedder import Embedder
    from pgcodesearch.reranking import Reranker

Row = TypeVar("Row")
# The model reads a few hundred tokens; the server refuses longer queries itself.
_EMBEDDED_CHARACTERS = 10_000


class LexicalOnly(UserWarning):
    """A search was answered by words alone, because the endpoint of its model could not embed the query."""


class NotReranked(UserWarning):
    """A search kept its own order, because the language model that was to put it in order could not, or might not."""


class Client(Connected):
    """Searches one database; keeps its connection and, once it was needed, the model in memory.

    With ``read_url`` searches go to another server of the same database, a hot standby mostly: where it goes away, they
    are asked again for some seconds, there or wherever that URL leads. What is logged of them, and feedback, is sent to
    ``url`` by a thread, and waits on disk while nobody answers there; ``query_id`` is then a provisional one.

    Not safe to share between threads: give each its own. Clients of one process share the loaded model, and queries
    that their threads ask at the same time are embedded together.
    """

    def __init__(
        self,
        url: str | None = None,
        connection: psycopg.Connection[Any] | None = None,
        *,
        read_url: str | None = None,
    ) -> None:
        """``url`` as in ``--database``, or a connection of the caller's, in autocommit mode and left open; ``read_url``
        as in ``--read-database``: then nothing is opened yet.

        Raises CannotConnect, InvalidArgument.
        """
        super().__init__(url, connection, read_url)
        self._embedders: dict[str, Embedder] = {}
        self._reranker: Reranker | None = None

    @reads
    def search(self, /, query: str, k: int = 10, *, rerank: bool = False, **options: Any) -> list[Hit]:
        """The best chunks of code, best first; ``options`` are those of :class:`SearchOptions`.

        ``rerank``: the first results (setting ``rerank.candidates``) are sent to the language model that is configured
        (settings ``rerank.*``), and shown in its order, with ``search_rank`` as it was. Where it can't, the search's
        order is kept, with the warning :class:`NotReranked`. Without one configured it raises InvalidArgument.

        Raises what :func:`pgcodesearch.searching.search` raises. Where the model is behind an endpoint that does not
        answer, a search is answered by words, with the warning :class:`LexicalOnly`; in modes that need a vector
        (pipeline, vector, exact) it raises NoEmbedding.
        """
        wanted = SearchOptions(k=k, **options)
        wanted = replace(wanted, log=self._logged(wanted.log))
        return self._reranked(query, wanted) if rerank else self._ask(queries.search, query, wanted)

    @reads
    def search_hops(self, /, query: str, hops: int = 2, k: int = 10, **options: Any) -> list[HopHit]:
        """What a question finds, and what that leads to in so many steps by definitions, calls and imports; see
        :func:`pgcodesearch.searching.hops.search_hops`. Where the query can't be embedded, words alone answer, as for
        :meth:`search`.
        """
        embedding, model, failure = self._embed(query, SearchOptions(model=options.get("model")))
        options = {**options, "model": model, "log": self._logged(options.get("log", True))}
        rows = hopping.search_hops(self._connection, query, embedding, hops, k, **options)
        if failure is not None:
            warnings.warn(f"answered by words only: {failure}", LexicalOnly, stacklevel=4)
        return rows

    @reads
    def search_changes(self, /, query: str | None = None, k: int = 10, **options: Any) -> list[Change]:
        """The commits that fit a query, best first, with the code they changed as it stands today; ``options`` are
        those of :class:`ChangeOptions`. Where the query can't be embedded, words alone answer, as for :meth:`search`.
        """
        wanted = ChangeOptions(k=k, **options)
        asked = SearchOptions(mode=wanted.mode, model=wanted.model)
        embedding, model, failure = self._embed(query or "", asked)
        if failure is not None and wanted.mode == "vector":
            raise _not_embedded(failure) from failure
        rows = changes.search_changes(self._connection, query, embedding, replace(wanted, model=model))
        if failure is not None:
            warnings.warn(f"answered by words only: {failure}", LexicalOnly, stacklevel=4)
        return rows

    @reads
    def changed_together(self, /, path: str, repository: str | None = None, k: int = 10) -> list[Companion]:
        """The files that changed with one in the same commits; see
        :func:`pgcodesearch.searching.changes.changed_together`."""
        return changes.changed_together(self._connection, path, repository, k)

    def record_feedback(
        self, query_id: int, chunk_id: int | None, signal: str, value: float | None = None
    ) -> int:
        """Record what was done with a hit; see :func:`pgcodesearch.searching.queries.record_feedback`.

        With a read URL it is 0 where the primary is away: it is kept then, and sent later.
        """
        if self._outbox is None:
            return queries.record_feedback(self._connection, query_id, chunk_id, signal, value)
        return self._write(
            queries.record_feedback, query_id=query_id, chunk_id=chunk_id, signal=signal, value=value,
            key=str(uuid.uuid4()), given_at=datetime.now(UTC).isoformat(),
        )  # fmt: skip

    def record_opened(self, session: str, repository: str, path: str, line: int = 1) -> int:
        """Record that a session opened a file; see :func:`pgcodesearch.searching.queries.record_opened`.

        With a read URL it is 0 where the primary is away: it is kept then, and sent later.
        """
        if self._outbox is None:
            return queries.record_opened(self._connection, session, repository, path, line)
        return self._write(
            queries.record_opened, session=session, repository=repository, path=path, line=line
        )

    @reads
    def explain(
        self, /, query: str, k: int = 10, *, rerank: bool = False, **options: Any
    ) -> list[Explanation]:
        """Why each hit of the same search is where it is; nothing is logged. ``rerank``: in that search's order."""
        wanted = SearchOptions(k=k, **{"log": False, **options})
        if not rerank:
            return self._ask(queries.explain, query, wanted)
        shown = self._reranked(query, replace(wanted, log=False))
        most = max((hit.search_rank or hit.rank for hit in shown), default=k)
        rows = {
            row.chunk_id: row for row in self._ask(queries.explain, query, replace(wanted, k=max(k, most)))
        }
        return [
            replace(rows[hit.chunk_id], rank=hit.rank, search_rank=hit.search_rank)
            for hit in shown
            if hit.chunk_id in rows
        ]

    @reads
    def grep(self, /, pattern: str, **options: Any) -> OccurrencePage:
        """A page of every occurrence of a pattern; see :func:`pgcodesearch.searching.occurrences.grep`."""
        return occurrences.grep(self._connection, pattern, **options)

    def grep_all(self, /, pattern: str, **options: Any) -> Iterator[Occurrence]:
        """Every occurrence, page after page; see :func:`pgcodesearch.searching.occurrences.grep_all`."""
        return occurrences.all_pages(partial(self.grep, pattern), **options)

    @reads
    def pack(self, /, query: str, **options: Any) -> Pack:
        """The best code in so many tokens; see :func:`pgcodesearch.searching.packing.pack`.

        A model without a query table embeds here; where its endpoint fails, words alone answer, with a notice.
        """
        asked = SearchOptions(mode=options.get("mode", "hybrid"), model=options.get("model"))
        embedding, model, _ = self._embed(query, asked)
        options = {**options, "model": model, "log": self._logged(options.get("log", True))}
        return packing.pack(self._connection, query, embedding, **options)

    @reads
    def outline(self, /, repository: str, **options: Any) -> list[OutlinedDefinition]:
        """A map of a repository in so many tokens; see :func:`pgcodesearch.searching.packing.outline`."""
        return packing.outline(self._connection, repository, **options)

    @reads
    def freshness(self, repository: str | None = None) -> list[Freshness]:
        """The state of one repository's index, or of all."""
        return queries.freshness(self._connection, repository)

    @reads
    def embed(self, query: str, options: SearchOptions | None = None) -> np.ndarray | None:
        """The query's vector by the model version that is asked, made here; None in lexical mode or without a model.

        Raises NoEmbedding where the model's endpoint fails.
        """
        embedding, _, failure = self._embed(query, options or SearchOptions(), by_table=False)
        if failure is not None:
            raise _not_embedded(failure) from failure
        return embedding

    def _reranked(self, query: str, wanted: SearchOptions) -> list[Hit]:
        if self._reranker is None:
            # Nobody else pays for loading what speaks HTTP.
            from pgcodesearch.reranking import Reranker

            self._reranker = Reranker()
        config = self._reranker.config(self._connection)
        k = wanted.k
        enough = max(k, min(config.candidates, config.most_results))
        hits = self._ask(queries.search, query, replace(wanted, k=enough))
        order = self._reranker.order(
            self._connection, config, query, [hit.chunk_id for hit in hits[: config.candidates]]
        )
        shown = hits[:k] if order.failure else queries.reordered(hits, order.places, k)
        if hits and hits[0].query_id is not None and (not order.failure or len(shown) < len(hits)):
            logged: dict[str, Any] = {
                "query_id": hits[0].query_id,
                "chunk_ids": [hit.chunk_id for hit in shown],
                "model": None if order.failure else config.name,
            }
            if self._outbox is None:
                queries.log_rerank(self._connection, **logged)
            else:
                self._keep_shown()
                self._keep("log_rerank", **logged)
        if order.failure:
            warnings.warn(f"in the order of the search: {order.failure}", NotReranked, stacklevel=5)
        return shown

    def _ask(self, function: Callable[..., list[Row]], query: str, wanted: SearchOptions) -> list[Row]:
        """Embed and ask, both with one model: the active one may be switched between the two calls."""
        try:
            return self._ask_once(function, query, wanted)
        except UnknownModel:
            if wanted.model is not None:
                raise
        # The model was dropped between the two calls, so another one is active by now.
        return self._ask_once(function, query, wanted)

    def _ask_once(self, function: Callable[..., list[Row]], query: str, wanted: SearchOptions) -> list[Row]:
        """The database says which modes need a vector; the others are answered by words where there is none."""
        embedding, model, failure = self._embed(query, wanted)
        try:
            rows = function(self._connection, query, embedding, replace(wanted, model=model))
        except NoEmbedding:
            if failure is None:
                raise
            raise _not_embedded(failure) from failure
        if failure is not None:
            said = f"answered by words only: {failure}"
            if self.on_notice:
                self.on_notice(said)
            else:
                warnings.warn(said, LexicalOnly, stacklevel=6)
        return rows

    def _embed(
        self, query: str, wanted: SearchOptions, by_table: bool = True
    ) -> tuple[np.ndarray | None, str | None, EmbeddingError | None]:
        """The query's vector and the model version it is of; and where its endpoint gave none, why.

        by_table: none where the database has the query table to embed it itself.
        """
        if wanted.mode == "lexical" or not query or not query.strip():
            return None, wanted.model, None
        queries.check_text("model", wanted.model)
        with mapped_errors():
            model = describe_model(self._connection, wanted.model)
        if model is None:
            return None, None, None
        if by_table and model.has_query_table:
            return None, model.name, None
        text = query[:_EMBEDDED_CHARACTERS].encode("utf-8", "replace").decode()
        embedder = self._embedder(model)
        try:
            embedding: np.ndarray = embedder.encode([text], kind="query")[0]
        except EmbeddingError as error:
            if not embedder.remote:
                raise
            return None, model.name, error
        return embedding, model.name, None

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _embedder(self, model: StoredModel) -> Embedder:
        # By its files: an endpoint may have moved.
        if model.digest not in self._embedders:
            with mapped_errors():
                self._embedders[model.digest] = load_stored(self._connection, model)
        return self._embedders[model.digest]


def _not_embedded(failure: EmbeddingError) -> NoEmbedding:
    return NoEmbedding(f"the query was not embedded: {failure}")
