"""What nearly repeats a better result is shown once; what only resembles it, or stands beside it, is not left out."""

import pytest

from support.indexing import chunk_all, upsert

_BODY = "".join(
    f"    {name} = int(text[{n}:{n + 2}], 16)\n" for n, name in ((1, "red"), (3, "green"), (5, "blue"))
)
_BODY += "    return red, green, blue\n"
_COLOUR = f'def parse_colour(text):\n    """Hexadecimal digits to numbers."""\n{_BODY}'


@pytest.fixture
def copies(database):
    with database.connect() as connection:
        upsert(connection, "src/colour.py", _COLOUR)
        upsert(connection, "vendor/colour.py", _COLOUR)
        upsert(
            connection,
            "old/colour.py",
            _COLOUR.replace("red, green, blue\n", "(red, green, blue)  # as before\n"),
        )
        upsert(
            connection,
            "src/names.py",
            'def parse_colour(name):\n    """The colour of a name."""\n    return TABLE[name]\n',
        )
        upsert(
            connection,
            "src/Overloads.java",
            "class Overloads {\n"
            + "".join(
                f"    /** Merges numbers. */\n    int mergeNumbers({kind} a) {{\n        return combine(a);\n    }}\n"
                for kind in ("int", "long")
            )
            + "}\n",
        )
        upsert(connection, "src/colour.py", _COLOUR, "other")
    chunk_all(database)
    return database


def _found(database, query, repository="demo"):
    return [path for (path,) in database.rows(
        "select path from codesearch.search(%s, repository => %s, kind => 'function', log => false) order by rank",
        (query, repository),
    )]  # fmt: skip


def test_a_near_copy_is_shown_once(copies):
    found = _found(copies, "parse_colour hexadecimal")
    assert len(found) == 2
    assert "src/names.py" in found
    copies.rows("select codesearch.change_setting('search.near_copy', '2')")
    assert len(_found(copies, "parse_colour hexadecimal")) == 4
    assert _found(copies, "parse_colour hexadecimal", "other") == ["src/colour.py"]


def test_overloads_are_no_copies(copies):
    rows = copies.rows(
        "select symbol from codesearch.search('mergeNumbers', repository => 'demo', kind => 'method', log => false)"
    )
    assert len(rows) == 2
