"""A model version's query table, from its texts to the gate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pgcodesearch.database.errors import InvalidArgument, UnknownModel
from pgcodesearch.database.rows import Connection, one_row
from pgcodesearch.embedding.embedder import Embedder
from pgcodesearch.embedding.stored import describe_model, load_stored
from pgcodesearch.evaluating.judgments import JudgedQuery
from pgcodesearch.home import home
from pgcodesearch.query_tables.judging import TableGate, Verdict, held_out_queries, judge
from pgcodesearch.query_tables.kept_vectors import KeptVectors
from pgcodesearch.query_tables.making import MakeOptions, Progress, fit_scale, make, read_texts
from pgcodesearch.query_tables.storing import keep_verdict, store
from pgcodesearch.query_tables.table import QueryTable
from pgcodesearch.words.sentences import content_words

_TEXTS = 150_000
_TEXTS_OF_ENDPOINT = 8_000
_CODE = 1_000
_LEAST_CODE = 100
_SCALED_BY = 200


@dataclass(frozen=True)
class Made:
    """A stored query table, and what the gate said."""

    table: QueryTable
    verdict: Verdict


@dataclass(frozen=True)
class Plan:
    """What is to be embedded for a table, and what it is judged by."""

    model: str
    embedder: Embedder
    texts: list[str]
    queries: list[JudgedQuery]
    options: MakeOptions

    @property
    def characters(self) -> int:
        """Of all texts: what an endpoint is sent."""
        return sum(map(len, self.texts))


def plan(connection: Connection, model: str, texts: int | None = None) -> Plan:
    """Read the queries to fit to, and those to judge by, which the former must not hold.

    texts: how many the model embeds at most. Raises UnknownModel; InvalidArgument where the index gives too few.
    """
    described = describe_model(connection, model)
    if described is None:
        raise UnknownModel(f"there is no model version {model!r}")
    embedder = load_stored(connection, described)
    options = MakeOptions(texts=texts or (_TEXTS_OF_ENDPOINT if embedder.remote else _TEXTS))
    queries = held_out_queries(connection, options.seed)
    judged = {content_words(query.query) for query in queries}
    fitted_to = [text for text in read_texts(connection, options) if content_words(text) not in judged]
    return Plan(described.name, embedder, fitted_to, queries, options)


def renew(connection: Connection, planned: Plan, gate: TableGate, progress: Progress) -> Made:
    """Make a model version's query table, store it and judge it, in autocommit mode.

    One that is refused is kept for its reason, and the model goes on to embed queries. Killed at any point, the next
    call goes on.
    """
    kept = KeptVectors(home() / "query-tables")
    code = _code(connection, planned)
    table = make(planned.texts, code, planned.embedder, kept, planned.options, progress)
    table = replace(table, settings=_scale(connection, planned, table, code))
    with connection.transaction():
        store(connection, planned.model, table)
        verdict = judge(
            connection, planned.model, planned.embedder, planned.queries, gate,
            lambda done, total: progress("queries judged", done, total),
        )  # fmt: skip
        keep_verdict(connection, planned.model, verdict)
    kept.forget()
    return Made(table, verdict)


def ensure(connection: Connection, model: str, progress: Progress) -> Verdict | None:
    """Make the query table that a model version lacks; what the gate said.

    None where it has one, where its texts would leave this machine, or where the index says too little.
    """
    lacking = connection.execute(
        "select from codesearch.model_version m where m.name = %s and not m.configuration ? 'endpoint'"
        " and not exists (select from codesearch.query_table q where q.model_version_id = m.model_version_id)",
        (model,),
    ).fetchone()
    if lacking is None:
        return None
    try:
        planned = plan(connection, model)
    except InvalidArgument:
        return None
    return renew(connection, planned, TableGate(), progress).verdict


def _code(connection: Connection, planned: Plan) -> np.ndarray:
    """The model's vectors of some code of the index, (n, dimension)."""
    (version,) = one_row(
        connection, "select model_version_id from codesearch.model_version where name = %s", (planned.model,)
    )
    rows = connection.execute(
        "select embedding from codesearch.sample_embeddings(%s, %s)", (version, _CODE)
    ).fetchall()
    if len(rows) >= _LEAST_CODE:
        return np.stack([np.asarray(vector.to_numpy(), dtype=np.float32) for (vector,) in rows])
    # A model that is not filled in yet, or an index for words alone.
    texts = connection.execute(
        "select text from codesearch.stored_text order by text_hash limit %s", (_LEAST_CODE,)
    ).fetchall()
    return planned.embedder.encode([text for (text,) in texts], "code")


def _scale(connection: Connection, planned: Plan, table: QueryTable, code: np.ndarray) -> dict[str, float]:
    """The table's own scale, by cosines with code of the index."""
    (settings,) = one_row(
        connection, "select codesearch.current_settings(model_version_id)"
        " from codesearch.model_version where name = %s", (planned.model,),
    )  # fmt: skip
    return fit_scale(table, planned.embedder, planned.texts[:_SCALED_BY], code, settings)
