"""What nearly repeats a better result is shown once; what only resembles it, or stands beside it, is not left out."""

import pytest

from support.indexing import chunk_all, upsert

_BODY = "".join(
    f"    {name} = int(text[{n}:{n + 2}], 16)\n" for n, name in ((1, "red"), (3, "green"), (5, "blue"))
)
_BODY += "    return red, green, blue\n"
_COLOUR = f'def parse_colour(text):\n    """Hexadecimal digits to numbers."""\n{_BODY}'
_TABLE = "".join(f'register("shade{n}", colour="#{n:06x}")\n' for n in range(12))
_MERGE = "".join(f"        total = combine(total, part{n}, weight{n});\n" for n in range(8))


@pytest.fixture
def copies(database):
    with database.connect() as connection:
        upsert(connection, "src/colour.py", _COLOUR)
        upsert(connection, "vendor/colour.py", _COLOUR)
        upsert(
            connection,
            "old/colour.py",
            _COLOUR.replace("red, green, blue\n", "(red, green, blue)  # before\n"),
        )
        upsert(connection, "src/names.py", "def parse_colour(name):\n    return TABLE[name].colour(name)\n")
        upsert(connection, "src/spelling.py", _COLOUR.replace("parse_colour", "parse_color"))
        for folder in ("one", "two"):
            upsert(connection, f"{folder}/palette.py", _TABLE)
        upsert(connection, "src/Overloads.java", "class Overloads {\n" + "".join(
            f"    int mergeNumbers({of} total) {{\n{_MERGE}        return total;\n    }}\n" for of in ("int", "long")
        ) + "}\n")  # fmt: skip
        upsert(connection, "lib/colour.py", _COLOUR, "other")
    chunk_all(database)
    return database


def _found(database, query, kind="function", repository="demo"):
    return [path for (path,) in database.rows(
        "select path from codesearch.search(%s, repository => %s, kind => %s, log => false) order by rank",
        (query, repository, kind),
    )]  # fmt: skip


def test_a_near_copy_is_shown_once(copies):
    """With what has the same body under another name, and the same name with another body."""
    found = _found(copies, "parse_colour hexadecimal")
    assert len(found) == 3
    assert {"src/names.py", "src/spelling.py"} < set(found)
    copies.rows("select codesearch.change_setting('search.near_copy', '2')")
    assert len(_found(copies, "parse_colour hexadecimal")) == 5


def test_another_repository_has_its_own(copies):
    assert _found(copies, "parse_colour hexadecimal", repository="other") == ["lib/colour.py"]
    everywhere = _found(copies, "parse_colour hexadecimal", repository=None)
    assert len(everywhere) == 4
    assert "lib/colour.py" in everywhere


def test_the_same_block_without_a_name_is_shown_once(copies):
    """One that differs in a term is another: without a name nothing says that it is a version of the same."""
    assert len(_found(copies, "palette shade", kind="block")) == 1
    with copies.connect() as connection:
        upsert(connection, "three/palette.py", _TABLE.replace('"shade7"', '"tint7"'))
    chunk_all(copies)
    assert len(_found(copies, "palette shade", kind="block")) == 2


def test_overloads_are_no_copies(copies):
    assert _found(copies, "mergeNumbers", kind="method") == ["src/Overloads.java"] * 2


def test_what_is_of_another_kind_is_no_copy(copies):
    """A method and a function that do the same are two ways to it."""
    before = len(_found(copies, "parse_colour hexadecimal", kind=None))
    copies.rows(
        "update codesearch.chunk set kind = 'method' where kind = 'function' and version_id ="
        " (select version_id from codesearch.file_version where path = 'old/colour.py')"
    )
    assert len(_found(copies, "parse_colour hexadecimal", kind=None)) == before + 1
