"""No line of any file may be lost, and line numbers must be those of editors and git."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pgcodesearch.chunking import LANGUAGES, ChunkSettings, FileChunks, chunk_file

SAMPLES = sorted((Path(__file__).parent / "chunking_samples").iterdir())
EXTENSIONS = sorted(spec.extensions[0] for spec in LANGUAGES.values())


CUTTING = ChunkSettings(max_body_size=20)  # nearly every type's rows become blocks


def rows_of(content: str) -> list[str]:
    rows = content.split("\n")
    return rows[:-1] if len(rows) > 1 and rows[-1] == "" else rows


def missing_rows(content: str, found: FileChunks) -> list[int]:
    """1-based numbers of non-blank rows that are not, in range and in text, in a chunk below the module."""
    rows = rows_of(content)
    covered = [False] * len(rows)
    for chunk in found.chunks:
        assert 1 <= chunk.start_line <= chunk.end_line <= len(rows)
        for text in chunk.texts:
            assert chunk.start_line <= text.start_line <= text.end_line <= chunk.end_line
        if chunk.kind == "module":
            continue
        kept = set(chunk.content.split("\n"))
        for number in range(chunk.start_line, chunk.end_line + 1):
            covered[number - 1] |= rows[number - 1] in kept
    return [number for number, row in enumerate(rows, 1) if row.strip() and not covered[number - 1]]


def check(path: str, content: str) -> FileChunks:
    found = chunk_file(path, content)
    assert missing_rows(content, found) == []
    assert missing_rows(content, chunk_file(path, content, CUTTING)) == []
    if content.strip():
        assert [chunk.kind for chunk in found.chunks].count("module") == 1
    else:
        assert found.chunks == []
    return found


def ranges(found: FileChunks) -> list[tuple[str, str, int, int]]:
    return [(chunk.kind, chunk.symbol, chunk.start_line, chunk.end_line) for chunk in found.chunks]


LINES = st.sampled_from(
    [
        *("", " ", "\t", "}", "{", ")", "end", "#", "//", "/*", "*/", '"""', "'", "`", "$$", "--", "```"),
        *("def f(x):", "  return g(x)", "class A:", "\tpass", "@wraps(f)", "x = 1", "# note", "import os"),
        *("function f(a) {", "const a = () => {", "export class B {", "  m() { return 1 }", "});", "// note"),
        *("func (s *S) M() error {", "fn main() {", "impl A {", "pub struct P;", "#[test]", "/// doc"),
        *(
            "#if X",
            "#else",
            "#endif",
            "class API A : B {",
            "int API f(IN int a)",
            "BEGIN_NAMESPACE",
            "cfg_a! {",
        ),
        *("CREATE FUNCTION f() RETURNS int AS $$", "SELECT 1;", "BEGIN", "END;", "module M", "def m", "do"),
        *(
            "# Heading",
            "## Other",
            "---",
            "key: value",
            "- item",
            "[table]",
            "<div>",
            "</div>",
            ".a { color: red }",
        ),
        *(
            "naïve = 'größe €'",
            "名前 = '値'",
            "🙂",
            "\x0c",
            "a\rb",
            "\x00",
            "\u2028",
            "\x85",
            "\x1c",
            "\ufeff",
        ),
    ]
)
ENDS = st.sampled_from(["\n", "\r\n", "\n\n", "\r"])
SOURCES = st.lists(st.tuples(LINES, ENDS), max_size=40).map(lambda pairs: "".join(a + b for a, b in pairs))


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    extension=st.sampled_from([*EXTENSIONS, ".txt"]), content=SOURCES, mark=st.sampled_from(["", "\ufeff"])
)
def test_no_line_of_made_up_code_is_lost(extension: str, content: str, mark: str) -> None:
    check("made/up" + extension, mark + content)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(extension=st.sampled_from([*EXTENSIONS, ".txt"]), content=st.text(max_size=300))
def test_no_line_of_any_text_is_lost(extension: str, content: str) -> None:
    check("any/text" + extension, content)


@settings(max_examples=60, deadline=None)
@given(sample=st.sampled_from(SAMPLES), data=st.data())
def test_damaged_files_keep_all_lines(sample: Path, data: st.DataObject) -> None:
    content = sample.read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 60)))
    check(
        sample.name,
        content[:start] + data.draw(st.sampled_from(["", "{", "'", "(", '"""', "\n"])) + content[end:],
    )


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_line_ends_and_marks_do_not_move_lines(sample: Path) -> None:
    content = sample.read_text(encoding="utf-8")
    plain = ranges(check(sample.name, content))
    assert ranges(check(sample.name, content.replace("\n", "\r\n"))) == plain
    assert ranges(check(sample.name, "\ufeff" + content)) == plain
    assert ranges(check(sample.name, content.rstrip("\n"))) == plain
    assert ranges(check(sample.name, content.replace("    ", "\t"))) == plain


def test_non_ascii_text_does_not_move_lines() -> None:
    found = check(
        "a.py", 'TITLE = "größe 名前 🙂"\n\n\ndef naïve(größe):\n    return "€"\n\n\ndef last(): return 1\n'
    )
    assert ("function", "naïve", 4, 5) in ranges(found)
    assert ("function", "last", 8, 8) in ranges(found)


def test_lone_carriage_returns_and_form_feeds_are_no_line_ends() -> None:
    found = check("a.py", "x = 'a'\r# still the first\n\x0c\ndef f():\n    return 1\n")
    assert ("function", "f", 3, 4) in ranges(found)


@pytest.mark.parametrize("extension", [*EXTENSIONS, ".unknown"])
@pytest.mark.parametrize(
    "content",
    [
        "",
        " \n\t\n",
        "\x00",
        "\x00" * 100 + "def f(): pass",
        "(" * 20_000,
        "[" * 5_000 + "]" * 5_000,
        "x" * 100_000,
        "if a:\n" + "".join(" " * depth + "if a:\n" for depth in range(1, 300)),
        "\ud800 lone surrogate",
        "a\n" * 3_000,
    ],
    ids=["empty", "blank", "nul", "nuls", "open", "nested", "long", "indented", "surrogate", "many"],
)
def test_odd_files(extension: str, content: str) -> None:
    check("odd" + extension, content)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "opening", "closing"),
    [
        ("a.js", "function f (a) {\n", "}\n"),
        ("a.js", "call(() => {\n", "})\n"),
        ("a.java", "class A {\n", "}\n"),
        ("a.rb", "module A\n", "end\n"),
        ("a.rs", "mod a {\n", "}\n"),
        ("a.cpp", "namespace a {\n", "}\n"),
        ("a.lua", "function f()\n", "end\n"),
        ("a.html", "<div>\n", "</div>\n"),
        ("a.json", '{"a":\n', "}\n"),
    ],
)
def test_deep_nesting(path: str, opening: str, closing: str) -> None:
    depth = 2_000
    check(path, opening * depth + closing * depth)
    check(path, opening * depth)


def test_a_line_of_a_megabyte_is_embedded_to_its_end() -> None:
    content = "var a=1;function f(){return 1}" * 34_000 + "theEnd()"
    found = check("min.js", content)
    limit = ChunkSettings().max_line_chars
    texts = [text for chunk in found.chunks if chunk.kind != "module" for text in chunk.texts]
    assert any(text.text.endswith("theEnd()") for text in texts)
    assert all(
        len(line) <= limit for text in texts if text.role == "window" for line in text.text.split("\n")
    )
    assert len(texts) < len(content) / 500


def test_a_parser_that_needs_too_long_is_stopped() -> None:
    content = "int f(int a) { return a * (a + 1); }\n" * 20_000
    found = chunk_file("slow.c", content, ChunkSettings(parse_seconds=0.0))
    assert found.parser == "lines"
    assert missing_rows(content, found) == []


@pytest.mark.slow
def test_a_small_file_that_a_grammar_never_ends_on_is_stopped() -> None:
    content = "{y()\ne\n#mes\n\n" + "a b c " * 200 + "\n"
    found = check("loop.kt", content)
    assert found.parser == "lines"


def test_files_over_the_parse_limit_become_line_windows() -> None:
    found = chunk_file("a.py", "def f():\n    return 1\n", ChunkSettings(max_parse_bytes=10))
    assert (found.parser, [chunk.kind for chunk in found.chunks]) == ("lines", ["module", "block"])


@pytest.mark.slow
@pytest.mark.parametrize("package", ["click", "tree_sitter_python", "hypothesis", "pgcodesearch"])
def test_no_line_of_installed_packages_is_lost(package: str) -> None:
    root = Path(str(resources.files(package)))
    files = [
        file for file in sorted(root.rglob("*")) if file.suffix in {".py", ".pyi", ".scm", ".sql", ".js"}
    ][:60]
    assert files
    for file in files:
        check(str(file.relative_to(root)), file.read_bytes().decode("utf-8", "replace"))
