"""The first results put in order by a language model behind an endpoint. Code leaves this machine, when asked for."""

from pgcodesearch.reranking.reranker import Order, Reranker

__all__ = ["Order", "Reranker"]
