"""Languages, block splitting, containers and the texts that are embedded."""

from __future__ import annotations

import re
from importlib import import_module, resources

import pytest
from tree_sitter import Language, Query

from pgcodesearch.chunking import LANGUAGES, Chunk, ChunkSettings, chunk_file, detect_language
from pgcodesearch.chunking.comments import strip_comment, strip_docstring
from pgcodesearch.chunking.languages import query_source
from pgcodesearch.chunking.words import qualified_parts, split_words


def below_module(path: str, content: str, settings: ChunkSettings | None = None) -> list[Chunk]:
    found = chunk_file(path, content, settings or ChunkSettings())
    return [chunk for chunk in found.chunks if chunk.kind != "module"]


@pytest.mark.parametrize(
    ("path", "head", "language"),
    [
        ("src/a.py", "", "python"),
        ("A.PY", "", "python"),
        ("a.tsx", "", "tsx"),
        ("a.mjs", "", "javascript"),
        ("a.h", "int f(void);", "c"),
        ("a.h", "namespace a {\n}", "cpp"),
        ("a.h", "#include <vector>", "cpp"),
        ("Gemfile", "", "ruby"),
        ("Cargo.lock", "", "toml"),
        ("bin/run", "#!/usr/bin/env python3\n", "python"),
        ("bin/run", "#!/bin/sh -e\n", "bash"),
        ("bin/run", "#!/usr/bin/env -S deno run\n", "typescript"),
        ("bin/run", "\ufeff#!/usr/bin/node\n", "javascript"),
        ("bin/run", "#!/usr/bin/perl\n", None),
        ("Makefile", "all:\n", None),
        ("LICENSE", "", None),
        ("", "", None),
    ],
)
def test_language_of_a_file(path: str, head: str, language: str | None) -> None:
    assert detect_language(path, head) == language


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_language_has_a_grammar_and_a_query_that_compiles(name: str) -> None:
    spec = LANGUAGES[name]
    language = Language(getattr(import_module(spec.grammar), spec.function)())
    assert Query(language, query_source(name)).pattern_count > 0
    assert spec.works


def test_every_query_file_belongs_to_a_language() -> None:
    shared = {"ecma", "c_family"}
    files = resources.files("pgcodesearch.chunking").joinpath("queries").iterdir()
    assert {file.name.removesuffix(".scm") for file in files} == set(LANGUAGES) | shared


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("close_intelligently", "close intelligently"),
        ("parseHTTPResponse", "parse http response"),
        ("utf8Decode2", "utf 8 decode 2"),
        ("__init__", "init"),
        ("größeÄndern", "größe ändern"),
        ("==", ""),
    ],
)
def test_names_in_words(name: str, words: str) -> None:
    assert split_words(name) == words


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("*Command", ["Command"]),
        ("list[T]", ["list"]),
        ("std::vector<int>::push", ["std", "vector", "push"]),
        ("Foo.prototype", ["Foo", "prototype"]),
        ('"quoted-key"', ["quoted-key"]),
        ("[Symbol.iterator]", ["Symbol", "iterator"]),
        ("Box::operator==", ["Box", "operator=="]),
        ("operator bool() const", ["operator bool"]),
        ("~Shape", ["~Shape"]),
        ("empty?", ["empty?"]),
        ("<=>", ["<=>"]),
        ("&'a mut Node<T>", ["Node"]),
        ("", []),
    ],
)
def test_qualified_names(text: str, parts: list[str]) -> None:
    assert qualified_parts(text) == parts


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        ("# one", "one"),
        ("/// one", "one"),
        ("/**\n * one\n *   two\n */", "one\n  two"),
        ("-- | one", "one"),
        ("--[[ one\ntwo ]]", "one\ntwo"),
        ("{- one -}", "one"),
        ("<!-- one -->", "one"),
        ("=begin\none\n=end", "one"),
        ("/* eslint-disable */", ""),
        ("//=========", ""),
    ],
)
def test_comment_markers(comment: str, text: str) -> None:
    assert strip_comment(comment) == text


def test_docstring_markers() -> None:
    assert strip_docstring('r"""One.\n\n    Two.\n      Three.\n    """') == "One.\n\nTwo.\n  Three."


def test_small_neighbours_are_merged_and_large_ones_split() -> None:
    small = "".join(f"call_{index}()\n" for index in range(8))
    assert [(c.kind, c.start_line, c.end_line) for c in below_module("a.py", small)] == [("block", 1, 8)]
    settings = ChunkSettings()
    large = (
        "TABLE = [\n" + "".join(f"    'entry number {index} of the table',\n" for index in range(200)) + "]\n"
    )
    blocks = below_module("a.py", large)
    assert len(blocks) > 5
    assert {block.symbol for block in blocks} == {"TABLE"}
    assert all(len("".join(block.content.split())) <= settings.max_size for block in blocks)


def test_chunks_are_the_same_in_each_process() -> None:
    imports = [f"import module_{number}" for number in range(200)]
    (module, *_) = chunk_file("a.py", "\n".join([*imports, "", "def f(): pass", ""])).chunks
    shown = [line for line in module.texts[0].text.split("\n") if line in imports]
    assert len(shown) > 40
    assert shown == imports[: len(shown)]


def test_imports_and_named_values_are_apart() -> None:
    blocks = below_module("a.py", "import os\nimport sys\n\nLIMIT = 5\nRATE = 2\n")
    assert [(block.name, block.start_line, block.end_line) for block in blocks] == [
        ("", 1, 2),
        ("LIMIT", 4, 5),
    ]


def test_big_functions_with_big_inner_functions_are_containers() -> None:
    inner = "  function inner(a) {\n" + "    work(a, 'with some words')\n" * 10 + "  }\n"
    small = below_module("a.js", f"(function () {{\n{inner}}})()\n", ChunkSettings(max_size=5000))
    assert [chunk.symbol for chunk in small] == [""]
    wrapped = "  setup('something that stays outside')\n" * 40
    chunks = below_module("a.js", f"(function () {{\n{inner}{wrapped}}})()\n")
    assert "inner" in [chunk.symbol for chunk in chunks]
    outer = below_module("a.js", f"function outer () {{\n{inner}{wrapped}}}\n")
    assert [chunk.symbol for chunk in outer] == ["outer", "outer.inner"]
    assert "work(" not in outer[0].content
    assert "work" in outer[1].calls
    assert "work" not in outer[0].calls


def test_tests_in_callbacks_stay_blocks() -> None:
    content = (
        "describe('a', () => {\n  it('works', () => {\n    const helper = () => 1\n    helper()\n  })\n})\n"
    )
    assert [(chunk.kind, chunk.symbol) for chunk in below_module("a.test.ts", content)] == [("block", "")]


def test_closing_lines_go_to_the_chunk_above() -> None:
    content = "namespace a {\n\nint f() { return 1; }\n\n}  // namespace a\n"
    assert [(c.symbol, c.start_line, c.end_line) for c in below_module("a.cpp", content)] == [
        ("a", 1, 1),
        ("a.f", 3, 5),
    ]


def test_a_syntax_error_keeps_the_functions_around_it() -> None:
    content = "def before():\n    return 1\n\ndef broken(a):\n    x = = 2\n\n\ndef after():\n    return 3\n"
    found = chunk_file("a.py", content)
    assert found.has_errors
    assert {"before", "after"} <= {chunk.symbol for chunk in found.chunks}


def test_licences_are_no_documentation() -> None:
    licence = "// Copyright 2020 Somebody\n// Licensed under the Apache License\n// you may not use this\n"
    content = licence + "\npackage a\n\n// F works.\nfunc F() {}\n"
    module, *_, function = chunk_file("a.go", content).chunks
    assert (module.doc, function.doc) == ("", "F works.")


def test_text_starts_with_path_name_signature_and_documentation() -> None:
    content = (
        "import os\n\n\nclass LazyFile(object):\n    def close_intelligently(self):\n"
        '        """Closes it."""\n' + "".join(f"        step_{n}(os)\n" for n in range(14))
    )
    method = below_module("a/b/src/click/utils.py", content)[-1]
    whole = method.texts[0]
    assert [line.strip() for line in whole.text.split("\n")[:5]] == [
        "src/click/utils.py",
        "method LazyFile.close_intelligently: close intelligently",
        "def close_intelligently(self)",
        "Closes it.",
        "step_0(os)",
    ]
    after = whole.text.split("step_9(os)\n")[1].split("\n")
    assert [line.strip() for line in after] == [
        "imports os", "class LazyFile(object)", "step_10(os)", "step_11(os)", "step_12(os)", "step_13(os)",
    ]  # fmt: skip


def test_long_bodies_get_overlapping_windows() -> None:
    body = "".join(f"    step_{number}()\n" for number in range(50))
    function = below_module("pkg/steps.py", "def long_one():\n" + body)[0]
    windows = [text for text in function.texts if text.role == "window"]
    assert [(text.start_line, text.end_line) for text in windows] == [(2, 17), (14, 29), (26, 41), (38, 51)]
    assert all(text.text.startswith("pkg/steps.py long_one: long one\n") for text in windows)
    for number in range(50):
        assert any(re.search(rf"step_{number}\(", text.text) for text in windows)


def test_nothing_is_cut_without_being_in_a_window() -> None:
    body = "".join(f"    call('{number}', '{'x' * 500}')\n" for number in range(18))
    function = below_module("a.py", "def wide():\n" + body)[0]
    whole = next(text for text in function.texts if text.role == "whole")
    windows = "".join(text.text for text in function.texts if text.role == "window")
    assert len(whole.text) == ChunkSettings().max_text_chars
    assert all(f"'{number}'" in windows for number in range(18))


def test_big_constants_of_a_class_are_chunks() -> None:
    content = (
        "class Format {\n    static final Format A = new Format(1);\n"
        f"    static final Format MYSQL = builder(){'.with(1, 2)' * 12}.build();\n}}\n"
    )
    chunks = below_module("Format.java", content)
    assert [(chunk.kind, chunk.symbol) for chunk in chunks] == [
        ("class", "Format"),
        ("block", "Format.MYSQL"),
    ]
    assert "static final Format A" in chunks[0].content
    assert "with(1, 2)" not in chunks[0].content


def test_long_bodies_of_types_are_blocks_that_know_their_type() -> None:
    tests = "".join(f'  test "case {i}" do\n    assert area({i}) == {i} * {i}\n  end\n\n' for i in range(240))
    content = f"defmodule AreaTest do\n  use ExUnit.Case\n\n{tests}  def area(x), do: x * x\nend\n"
    found = below_module("test/area_test.exs", content)
    whole, *blocks, function = found
    assert (whole.kind, whole.start_line, whole.end_line) == ("class", 1, content.count("\n"))
    assert whole.content.split("\n") == [
        "defmodule AreaTest do",
        "  ...",
        "",
        "  def area(x), do: x * x ...",
        "end",
    ]
    assert function.symbol == "AreaTest.area"
    assert {(block.kind, block.symbol, block.scope) for block in blocks} == {("block", "", "AreaTest")}
    assert blocks[1].texts[0].text.startswith("test/area_test.exs\nblock AreaTest\n")
    assert "assert" in {call for block in blocks for call in block.calls}
    assert not whole.calls
    short = "".join(f'  test "case {i}" do\n  end\n' for i in range(5))
    (only,) = below_module("a.exs", f"defmodule AreaTest do\n{short}end\n")
    assert only.kind == "class"


def test_sql_functions_of_any_dialect() -> None:
    content = (
        "CREATE PROCEDURE pay(IN id INT)\nBEGIN\n  IF id > 0 THEN\n    CALL charge(id);\n  END IF;\n"
        "  SELECT CASE WHEN id = 1 THEN 'a;b' ELSE 'c' END;\nEND;\n\n"
        'BEGIN;\nCREATE TABLE "Odd Name" (id int);\nCOMMIT;\n'
        "create or replace function f() returns int language sql begin atomic select 1; end;\n"
    )
    chunks = [
        (c.kind, c.symbol, c.start_line, c.end_line) for c in below_module("a.sql", content) if c.symbol
    ]
    assert chunks == [("function", "pay", 1, 7), ("class", "Odd Name", 10, 10), ("function", "f", 12, 12)]


def test_markdown_sections() -> None:
    content = "intro\n\n# A\n\n## B\n\ntext of b\n\n```\n# no heading\n```\n\n# C\n\ntext of c\n"
    found = [(c.name, c.scope, c.start_line, c.end_line) for c in below_module("a.md", content)]
    assert found == [("", "", 1, 1), ("B", "A", 3, 11), ("C", "", 13, 15)]


def test_unknown_text_is_cut_at_blank_lines() -> None:
    content = "".join(f"paragraph {number} {'word ' * 60}\n\n" for number in range(6))
    chunks = below_module("notes.txt", content)
    assert [chunk.kind for chunk in chunks] == ["block"] * len(chunks)
    assert 2 <= len(chunks) <= 6
    assert all(chunk.content.startswith("paragraph") for chunk in chunks)


def test_definitions_in_code_the_grammar_gives_up_on() -> None:
    content = (
        "def before():\n    return 1\n\n\ndef broken(:\n    x = 2\n\n\nclass Shop:\n    # Sells one.\n"
        "    def sell(self, item):\n        return item\n\n\ndef after():\n    return 3\n"
    )
    kotlin = (
        "class ByteString\ninternal actual constructor(\n  internal actual val data: ByteArray,\n) : Comparable {\n"
        "  actual fun utf8(): String = commonUtf8()\n\n  fun digest(a: String): ByteString {\n"
        "    return of(a)\n  }\n}\n"
    )
    assert chunk_file("a.py", content).has_errors
    assert {chunk.symbol for chunk in below_module("a.py", content)} >= {"before", "Shop.sell", "after"}
    found = {chunk.symbol: chunk for chunk in below_module("a.kt", kotlin)}
    assert {"ByteString", "ByteString.utf8", "ByteString.digest"} <= set(found)
    digest = found["ByteString.digest"]
    assert digest.content.endswith("fun digest(a: String): ByteString {\n    return of(a)\n  }\n}")
