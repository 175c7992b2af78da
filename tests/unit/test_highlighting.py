"""Code as HTML: every character of it is there, once, and what hides itself is seen."""

import html
import re

import pytest

from pgcodesearch.serving.highlighting import code_lines, marked_words


def _text(lines):
    return "\n".join(html.unescape(re.sub(r"<[^>]*>", "", line)) for line in lines)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("a.py", 'def f(a):\n\treturn """x\n  <b>&amp;\n"""\n\n'),
        ("a.js", "const x = `a\n${b}\n`;\n// <script>"),
        ("a.go", "\n\nfunc main() {}\n"),
        ("a.rs", "fn main<'a>() {}"),
        ("Makefile", "all:\n\techo $@\n"),
        ("no.such.kind", "a < b\n\n\n"),
        ("", ""),
        ("a.html", "<p onclick='x()'>\n</p>"),
    ],
)
def test_lines_are_those_of_the_text(path, code):
    lines = code_lines(code, path)
    assert _text(lines) == code
    assert len(lines) == code.count("\n") + 1


def test_line_ends_of_other_systems_end_no_line_of_their_own():
    assert [_text([line]) for line in code_lines("a = 1\r\nb = 2\r\n", "a.py")] == ["a = 1", "b = 2", ""]


def test_what_hides_itself_is_shown():
    (line,) = code_lines("a\u202eb\x1b\u200b\tc\u2028", "a.txt")
    assert _text([line]) == "a\\u202eb\\x1b\\u200b\tc\\u2028"
    assert line.count('class="esc"') == 4


def test_a_long_line_is_cut():
    first, second = code_lines(f"x = '{'<' * 100_000}'\ny = 1", "a.py")
    assert len(_text([first])) == 2_001
    assert _text([second]) == "y = 1"


@pytest.mark.parametrize(
    ("query", "code", "marked"),
    [
        (
            "redirects followed",
            "resolve_redirects getRedirectTarget REDIRECT",
            ["redirects", "Redirect", "REDIRECT"],
        ),
        ("are", "PreparedRequest are", ["are"]),
        ("a.b(", "a.b(", []),
        ("<b>", "<b>", []),
        ("bold", "&bold;<bold>", ["bold", "bold"]),
    ],
)
def test_words_of_a_query_are_marked(query, code, marked):
    lines = code_lines(code, "a.txt", marked_words(query))
    assert re.findall("<mark>(.*?)</mark>", "".join(lines)) == marked
    assert _text(lines) == code


def test_stop_words_are_not_marked():
    assert marked_words("where are they", frozenset({"where", "are", "they"})) is None


def test_names_can_be_clicked():
    (line,) = code_lines("send(request, 1)", "a.py")
    assert re.findall(r'<span class="[^"]*\bname">(.*?)</span>', line) == ["send", "request"]
