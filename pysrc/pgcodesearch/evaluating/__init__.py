"""Judged queries, the metrics of what search answers to them, and runs kept in the database."""

from pgcodesearch.evaluating.judgments import InvalidJudgment, JudgedQuery, Judgment, read_judged_queries
from pgcodesearch.evaluating.metrics import Place, QueryMetrics, score_query
from pgcodesearch.evaluating.runner import EvaluationOptions, EvaluationRun, evaluate

__all__ = [
    "EvaluationOptions",
    "EvaluationRun",
    "InvalidJudgment",
    "JudgedQuery",
    "Judgment",
    "Place",
    "QueryMetrics",
    "evaluate",
    "read_judged_queries",
    "score_query",
]
