"""The query side of a model as a table: fitted, judged, stored, and read from a file."""
