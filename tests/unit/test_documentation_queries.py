"""Which documentation comments make a query, and which words of them count."""

from __future__ import annotations

import numpy as np
import pytest

from pgcodesearch.evaluating.documented import in_turn
from pgcodesearch.evaluating.ranking import answer_ranks
from pgcodesearch.words.sentences import content_words, documentation_query, documentation_text, says


@pytest.mark.parametrize(
    ("doc", "query"),
    [
        ("Ask again where the server points to. Stops after 30.", "Ask again where the server points to"),
        (
            "Opens the :class:`Socket` and waits\nfor bytes.\n\n@param x ignored",
            "Opens the Socket and waits for bytes",
        ),
        ("Public: Set up the plugin search path", "Set up the plugin search path"),
        ("Allow using an [`AsyncWrite`] as a sink of bytes", "Allow using an AsyncWrite as a sink of bytes"),
        (
            "Größe der Datei in Bytes, ohne die Köpfe. Mehr.",
            "Größe der Datei in Bytes, ohne die Köpfe",
        ),
    ],
)
def test_the_first_sentence_asks(doc: str, query: str) -> None:
    assert documentation_query(doc, "Thing.run") == query


@pytest.mark.parametrize(
    "doc",
    [
        "",
        "Closes it.",  # too short
        "x (int): the first of all numbers",
        "name: what the new file is called",
        "name - what the new file is called",
        ":param name: what the new file is called",
        "@return the size of the open file",
        "Args:\n    path: where the file is stored",
        "width, height, depth, colour, weight, size",
        "Set the cookie of a jar",  # the name again
        "See the method that opens the file",
        "Deprecated since the second version of this",
        "Inherited from the class above this one",
        "`{[<>]}` *** ``",
        "日本語の説明文はここにあります 関数 ファイル を 開く",
        "if (x) { return y; } else return z;",
        "TODO: make this work for large files",
        "word " * 60,
        "=" * 200,
    ],
)
def test_what_makes_no_query(doc: str) -> None:
    assert documentation_query(doc, "CookieJar.set_cookie_of_jar") is None


def test_a_name_in_other_forms_is_the_name() -> None:
    assert documentation_query("Parses the configuration.", "parse_config") is None
    assert documentation_query("Parsing the configs of users", "parse_config") is not None


@pytest.mark.parametrize("piece", ["\n", "](", "<", "a.", "[x](", "- ", "`", "* ", "( "])
def test_a_comment_of_a_million_characters_is_read_at_its_beginning(piece: str) -> None:
    # A pattern that goes back over the whole comment at each place would not come to an end.
    assert documentation_query(piece * 1_000_000, "f") is None


def test_sentences_of_the_same_words_ask_the_same() -> None:
    assert content_words("Return the name of a file") == content_words("The name of the file.")
    assert content_words("Return the name of a file") != content_words("Return the file of a name")


def test_a_sentence_is_found_whatever_stands_between_its_words() -> None:
    assert says("# Open the\n#   file, again!\nopen()", "Open the file again")
    assert not says("reopen the files again", "open the file again")


def test_groups_take_turns() -> None:
    assert list(in_turn([["a", "b", "c"], [], ["d"], ["e", "f"]])) == ["a", "d", "e", "b", "f", "c"]


def test_a_tie_counts_against_the_answer() -> None:
    one, other = np.eye(2, dtype=np.float32)
    assert answer_ranks(np.stack([one, other]), np.stack([one, other])).tolist() == [1, 1]
    assert answer_ranks(np.stack([one, one]), np.stack([one, one])).tolist() == [2, 2]
    assert answer_ranks(np.stack([one, other]), np.stack([other, one])).tolist() == [2, 2]
    assert answer_ranks(np.stack([one]), np.stack([one]), np.stack([one, other])).tolist() == [2]


@pytest.mark.parametrize(
    ("doc", "expected"),
    [
        ("Sends it. Then waits for an answer. And closes it. And more of it.",
         "Then waits for an answer. And closes it. And more of it."),
        ("Public: Parses a header line.\n\n@param x y", "Parses a header line."),
        ("See `other` for what it does.", ""),
        ("x = 1; y = 2", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_what_documentation_says_is_one_text(doc, expected):
    assert documentation_text(doc) == expected
