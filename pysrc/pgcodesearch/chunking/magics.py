"""Lines of notebook cells that are for IPython, not for the language: ``%time``, ``!ls``, ``name?``."""

from __future__ import annotations

import re

from .preprocessor import blank

_MAGIC = re.compile(
    rb"[ \t]*(?:(?:%{1,2}[A-Za-z_]|!).*|[\w.]+\?{1,2}[ \t]*\r?|\?{1,2}[\w.]+[ \t]*\r?)$|"
    rb"[ \t]*[\w., \t]+=[ \t]*(?P<value>(?:%{1,2}[A-Za-z_]|!).*)$"
)
_CONTINUED = re.compile(rb"^[ \t]*[!%].*\\\r?$")


def without_magics(data: bytes) -> bytes:
    """The source with such lines blank, and with 0 where one stands for a value; offsets and rows stay."""
    rows, continued = [], False
    for row in data.split(b"\n"):
        found = None if continued else _MAGIC.match(row)
        if continued or (found and found.group("value") is None):
            rows.append(blank(row))
        elif found:
            start = found.start("value")
            rows.append(row[:start] + b"0" + blank(row[start + 1 :]))
        else:
            rows.append(row)
        continued = row.rstrip(b"\r").endswith(b"\\") and (continued or _CONTINUED.match(row) is not None)
    return b"\n".join(rows)
