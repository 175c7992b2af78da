"""Code search inside PostgreSQL: source files go in, ranked chunks come out of one SQL call."""

__version__ = "0.2.0"
