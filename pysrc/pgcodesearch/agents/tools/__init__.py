"""The tools, a module for each group. Importing this package puts them on the list."""

from pgcodesearch.agents.tools import asking, exact, feedback, graph, history, hops, reading, status

__all__ = ["asking", "exact", "feedback", "graph", "history", "hops", "reading", "status"]
