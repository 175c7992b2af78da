"""The tools, a module for each group. Importing this package puts them on the list."""

from pgcodesearch.agents.tools import asking, feedback, reading, status

__all__ = ["asking", "feedback", "reading", "status"]
