"""Judged queries, the metrics of what search answers to them, and runs kept in the database."""

from pgcodesearch.evaluating.judgments import (
    InvalidJudgment,
    JudgedQuery,
    Judgment,
    Place,
    read_judged_queries,
)
from pgcodesearch.evaluating.metrics import QueryMetrics, score_query
from pgcodesearch.evaluating.runner import EvaluationOptions, EvaluationRun, evaluate
from pgcodesearch.evaluating.store import UnknownQuerySet, UnknownRun

__all__ = [
    "EvaluationOptions",
    "EvaluationRun",
    "InvalidJudgment",
    "JudgedQuery",
    "Judgment",
    "Place",
    "QueryMetrics",
    "UnknownQuerySet",
    "UnknownRun",
    "evaluate",
    "read_judged_queries",
    "score_query",
]
