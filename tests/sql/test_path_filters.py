"""Path filters as people type them: globs against a reference that walks them, and absolute paths."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.databases import fresh_database

# A glob is a list of pieces: text, "*", "?", "**", "**/", ("set", characters, negated), ("choice", [globs]).
ESCAPED = {"[": r"\[", "]": r"\]", "{": r"\{", "}": r"\}"}
NAMES = st.text("ab.+($[]{}", min_size=1, max_size=3).filter(lambda name: name.strip("."))
SETS = st.tuples(st.just("set"), st.text("abc", min_size=1, max_size=3), st.booleans())
PIECES = st.recursive(
    NAMES | st.sampled_from(["*", "?"]) | SETS,
    lambda inner: st.tuples(st.just("choice"), st.lists(st.lists(inner, max_size=2), min_size=2, max_size=3)),
    max_leaves=4,
)
FOLDERS = st.lists(st.lists(PIECES, min_size=1, max_size=3) | st.just(["**"]), min_size=1, max_size=3)
PATHS = st.lists(st.text("ab.+($[]{}", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join)


@pytest.fixture(scope="module")
def database(server_url):
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            for path in (
                "src/cart.py",
                "src/cart.ts",
                "src/deep/cart.js",
                "app/[slug]/page.tsx",
                "app/s/page.tsx",
                "cart.py",
            ):
                connection.execute(
                    "select codesearch.upsert_file('web', %s, 'def cart(): return 1')", (path,)
                )
            connection.execute("update codesearch.repository set root = '/home/me/web'")
        yield made


@pytest.fixture(scope="module")
def asked(database):
    with database.connect() as connection:
        yield connection


def _text(piece):
    match piece:
        case "*" | "?" | "**" | "**/":
            return piece
        case ("set", characters, negated):
            return f"[{'!' if negated else ''}{characters}]"
        case ("choice", options):
            return "{" + ",".join("".join(map(_text, option)) for option in options) + "}"
    return "".join(ESCAPED.get(c, c) for c in piece)


def _ends(piece, path, start):
    """Where a piece that begins at start may end."""
    rest = path[start:]
    match piece:
        case "*":
            return {start + n for n in range(len(rest.split("/")[0]) + 1)}
        case "**":
            return {start + n for n in range(len(rest) + 1)}
        case "**/":
            return {start, *(start + n + 1 for n, c in enumerate(rest) if c == "/")}
        case "?":
            return {start + 1} if rest[:1] not in ("", "/") else set()
        case ("set", characters, negated):
            one = rest[:1] not in ("", "/") and (rest[0] in characters) != negated
            itself = f"[{characters}]"
            return ({start + 1} if one else set()) | (
                {start + len(itself)} if not negated and rest.startswith(itself) else set()
            )
        case ("choice", options):
            return {end for option in options for end in _all_ends(option, path, {start})}
    return {start + len(piece)} if rest.startswith(piece) else set()


def _all_ends(pieces, path, starts):
    for piece in pieces:
        starts = {end for start in starts for end in _ends(piece, path, start)}
    return starts


def _matches(pieces, path, anchored):
    starts = {0} if anchored else {0, *(n + 1 for n, c in enumerate(path) if c == "/")}
    return any(end == len(path) or path[end] == "/" for end in _all_ends(pieces, path, starts))


def _joined(folders):
    pieces = []
    for number, folder in enumerate(folders):
        last = number == len(folders) - 1
        if folder == ["**"]:
            pieces.append("**" if last else "**/")
        else:
            pieces += folder if last else [*folder, "/"]
    return pieces


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    folders=FOLDERS,
    paths=st.lists(PATHS, min_size=1, max_size=20),
    prefix=st.sampled_from(["", "./"]),
    suffix=st.sampled_from(["", "/"]),
)
def test_globs_against_a_reference(asked, folders, paths, prefix, suffix):
    pieces = _joined(folders)
    text = "".join(map(_text, pieces))
    # Stars side by side are another piece, and so is a name that begins with a dot and a slash.
    if "***" in text or text.count("**") != folders.count(["**"]) or text.startswith("./"):
        return
    found = asked.execute(
        "select p ~ codesearch.glob_pattern(%s) from unnest(%s::text[]) with ordinality u(p, n) order by n",
        (prefix + text + suffix, paths),
    )
    anchored = bool(prefix) or "/" in text
    assert [row[0] for row in found] == [_matches(pieces, path, anchored) for path in paths]


@given(st.text("ab*?[]{},!^-\\/.|()+$\x01\x05é", max_size=30))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_is_an_invalid_glob(asked, text):
    assert asked.execute("select 'a/b' ~ codesearch.glob_pattern(%s)", (text,)).fetchone()[0] in (True, False)


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("./src/*.py", {"src/cart.py"}),
        ("src/*.{py,ts}", {"src/cart.py", "src/cart.ts"}),
        ("src/**/*.{p{y,yi},js}", {"src/cart.py", "src/deep/cart.js"}),
        ("/home/me/web/src/*.py", {"src/cart.py"}),
        ("/home/me/web", {"src/cart.py", "src/cart.ts", "src/deep/cart.js", "app/[slug]/page.tsx",
                          "app/s/page.tsx", "cart.py"}),
        ("/home/me/web2/src/*.py", set()),
        ("/home/me/web/cart.py", {"cart.py"}),
        ("/cart.py", {"cart.py"}),
        ("cart.py", {"cart.py", "src/cart.py"}),
        ("app/[slug]/page.tsx", {"app/[slug]/page.tsx", "app/s/page.tsx"}),
        (r"app/\[slug\]/page.tsx", {"app/[slug]/page.tsx"}),
        (r"src\deep\*.js", {"src/deep/cart.js"}),
        ("src/deep/", {"src/deep/cart.js"}),
        ("src//deep/./*", {"src/deep/cart.js"}),
        ("[t-s]rc/*.py", set()),
        ("[!a]rc/*.py", {"src/cart.py"}),
    ],
)  # fmt: skip
def test_filters_of_a_search(asked, glob, expected):
    found = asked.execute(
        "select path from codesearch.source_file f join codesearch.repository r using (repository_id)"
        " where path ~ codesearch.path_pattern(%s, array[r.repository_id])",
        (glob,),
    )
    assert {path for (path,) in found} == expected
