"""The gate of a query table: answers may hardly fall against the model's own vectors of the queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pgcodesearch.database.rows import Connection
from pgcodesearch.embedding.embedder import Embedder
from pgcodesearch.evaluating import store as evaluations
from pgcodesearch.evaluating.comparing import Difference, paired_difference
from pgcodesearch.evaluating.documented import in_turn, read_documented
from pgcodesearch.evaluating.judgments import JudgedQuery, Judgment
from pgcodesearch.evaluating.runner import EvaluationOptions, answer_metrics

LEAST_QUERIES = 20
_MOST_QUERIES = 400
_GRADE = 3


@dataclass(frozen=True)
class TableGate:
    """``most_fall``: of the mean NDCG@10 when a table embeds the queries in the model's place."""

    most_fall: float = 0.01


@dataclass(frozen=True)
class Verdict:
    """Whether a table may answer, why, and the difference of NDCG@10, table minus model; None: nothing was asked."""

    accepted: bool
    reason: str
    difference: Difference | None

    def metrics(self) -> dict[str, Any]:
        """What is kept with the table."""
        return {"ndcg_difference": asdict(self.difference)} if self.difference else {}


def held_out_queries(connection: Connection, seed: int) -> list[JudgedQuery]:
    """The judged queries of every set; where there are few, first sentences of documentation, each asking for its
    function. These are for judging only: no table may be fitted to them."""
    judged = [
        query
        for row in evaluations.list_sets(connection)
        for query in evaluations.load_queries(connection, row["query_set"])
        if query.relevant
    ]
    if len(judged) >= LEAST_QUERIES:
        return judged[:_MOST_QUERIES]
    found = in_turn(list(read_documented(connection, None, None, seed, _MOST_QUERIES).values()))
    return [
        JudgedQuery(
            f"{function.repository}:{function.path}:{function.start_line}", function.query, function.repository,
            function.language, None, (Judgment(function.path, function.start_line, function.end_line, _GRADE),),
        )
        for function in list(found)[:_MOST_QUERIES]
    ]  # fmt: skip


def judge(
    connection: Connection, model: str, embedder: Embedder, queries: Sequence[JudgedQuery], gate: TableGate,
    progress: Callable[[int, int], None],
) -> Verdict:  # fmt: skip
    """Ask every query twice through ``codesearch.search``: with the model's vector, and with none, which the stored
    table embeds then."""
    if len(queries) < LEAST_QUERIES:
        return Verdict(True, f"{len(queries)} queries to judge it by, {LEAST_QUERIES} are needed", None)
    options = EvaluationOptions(model=model, warm_up=False)
    vectors = embedder.encode([query.query for query in queries], "query")
    found: tuple[list[float], list[float]] = ([], [])
    for done, (query, vector) in enumerate(zip(queries, vectors, strict=True), start=1):
        for scores, embedding in zip(found, (vector, None), strict=True):
            scores.append(answer_metrics(connection, query, embedding, options)["ndcg"])
        progress(done, len(queries))
    difference = paired_difference(*found)
    accepted = difference.mean >= -gate.most_fall
    reason = (
        f"NDCG@10 {difference.mean:+.4f} against the model on {difference.queries} queries"
        f" ({difference.low:+.4f} to {difference.high:+.4f}), at most {-gate.most_fall:+} is allowed"
    )
    return Verdict(accepted, reason, difference)
