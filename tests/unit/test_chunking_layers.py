"""Files that more than one grammar reads: components, pages, notebooks, merge conflicts; and very long lines."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgcodesearch.chunking import FileChunks, chunk_file
from pgcodesearch.chunking.conflicts import find_conflicts


def defined(path: str, content: str) -> list[tuple[str, int, int]]:
    chunks = chunk_file(path, content).chunks
    kinds = ("function", "method", "class")
    return [(chunk.symbol, chunk.start_line, chunk.end_line) for chunk in chunks if chunk.kind in kinds]


def rest(found: FileChunks) -> str:
    return "\n".join(chunk.content for chunk in found.chunks[1:] if chunk.kind == "block")


VUE = """<template>
  <button @click="removeLine(line)">Remove <script-like/></button>
</template>

<script lang="ts">
export const shared = 1
export function helper(x: number): number { return x }
</script>

<script setup lang="ts" generic="T extends Record<string, number>">
import { ref } from "vue"
function removeLine(line: Line) {
  lines.value = lines.value.filter((l) => l.id !== line.id)
}
</script>

<style scoped>
.cart { color: red; }
</style>
"""


def test_both_scripts_of_a_component() -> None:
    found = chunk_file("Cart.vue", VUE)
    assert (found.language, found.parser, found.has_errors) == ("vue", "tree-sitter", False)
    assert defined("Cart.vue", VUE) == [("helper", 7, 7), ("removeLine", 12, 14)]
    assert "<template>" in rest(found)
    assert ".cart { color: red; }" in rest(found)


def test_options_of_a_component_by_their_names_and_hooks_only_when_long() -> None:
    lines = "".join(f"    this.step{number} = await this.load({number})\n" for number in range(6))
    content = (
        "<template><div/></template>\n<script>\nexport default {\n  data() { return { coupon: '' } },\n  methods: {\n"
        "    applyCoupon(code) {\n      return code\n    },\n  },\n"
        f"  async mounted() {{\n{lines}  }},\n}}\n</script>\n"
    )
    assert [name for name, *_ in defined("Old.vue", content)] == ["applyCoupon", "mounted"]


@pytest.mark.parametrize(
    ("path", "content", "names"),
    [
        (
            "App.svelte",
            "<script context='module'>\nexport function load() {}\n</script>\n<script lang=ts>\n  let a: number = 1;\n"
            "  function go(e: Event) {}\n</script>\n{#if a < 3}<p on:click={go}>x</p>{/if}\n",
            ["load", "go"],
        ),
        (
            "Page.astro",
            "---\ninterface Props { title: string }\nconst load = async (x: number) => { return x };\n---\n"
            "<h1>{Astro.props.title}</h1>\n<script>\n  function hi(a: string) {}\n</script>\n",
            ["Props", "load", "hi"],
        ),
        (
            "index.html",
            "<html><!-- <script>function no() {}</script> -->\n<script type='module'>\nfunction a() {}\n</script>\n"
            "<script type='application/ld+json'>\n{\"function\": 1}\n</script>\n<SCRIPT src='x.js'></SCRIPT>\n"
            "<script type='text/x-template'>function no() {}</script><script>function b() {}</script>\n",
            ["a", "b"],
        ),
        ("Unclosed.vue", "<script>\nfunction a() {\n  return 1\n}\n", ["a"]),
        (
            "Broken.vue",
            "<script>\nfunction a( {\n</script>\n<script setup>\nfunction b() {}\n</script>\n",
            ["a", "b"],
        ),
        ("Coffee.vue", "<script lang='coffee'>\na = -> 1\n</script>\n", []),
    ],
)
def test_scripts_of_pages(path: str, content: str, names: list[str]) -> None:
    assert [name for name, *_ in defined(path, content)] == names


def notebook(*cells: tuple[str, object], indent: int | None = 1, **metadata: object) -> str:
    outputs = [{"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo" * 10_000}}]
    made = [
        {"cell_type": kind, "source": source} | ({"outputs": outputs} if kind == "code" else {})
        for kind, source in cells
    ]
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4}, indent=indent)


def test_cells_of_a_notebook_at_their_lines_and_without_outputs() -> None:
    content = notebook(
        ("markdown", ["# Churn\n", "Which customers leave"]),
        (
            "code",
            [
                "%matplotlib inline\n",
                "!pip install \\\n",
                "  pandas\n",
                "import pandas as pd\n",
                "files = !ls\n",
            ],
        ),
        (
            "code",
            [
                "def churn_rate(df):\n",
                '    """Share that left: 5 % of all."""\n',
                "    return df.left.mean()",
            ],
        ),
        ("code", ["broken(\n"]),
        ("code", "class Model:\n    def fit(self):\n        return 'a' \\\n            % 3\n"),
        ("code", ["%%time\n", "def slow():\n", "    pass\n"]),
        ("code", ["%%bash\n", "deploy() { echo 1; }\n"]),
        ("code", ["%%R\n", "f <- function(x) x\n"]),
        kernelspec={"name": "python3"},
    )
    found = chunk_file("a.ipynb", content)
    rows = content.split("\n")
    assert (found.language, found.parser) == ("python", "tree-sitter")
    names = {symbol: (first, last) for symbol, first, last in defined("a.ipynb", content)}
    assert list(names) == ["churn_rate", "Model", "Model.fit", "slow", "deploy"]
    first, last = names["churn_rate"]
    assert "def churn_rate" in rows[first - 1]
    assert "df.left.mean()" in rows[last - 1]
    assert not any("iVBORw0KGgo" in chunk.content for chunk in found.chunks)
    assert all(
        text in rest(found) for text in ("Which customers leave", "broken(", "f <- function", "import pandas")
    )
    whole = found.chunks[0]
    assert (whole.kind, whole.start_line, whole.end_line) == ("module", 1, len(rows))
    assert (
        next(chunk for chunk in found.chunks if chunk.name == "churn_rate").doc
        == "Share that left: 5 % of all."
    )


@pytest.mark.parametrize(
    ("metadata", "language", "code", "names"),
    [
        ({"language_info": {"name": "scala"}}, "scala", "def f(x: Int): Int = x", ["f"]),
        ({"kernelspec": {"language": "C++17", "name": "xcpp17"}}, "cpp", "int f() { return 1; }", ["f"]),
        ({"kernelspec": {"name": "ir", "language": "R"}}, None, "f <- function(x) x", []),
        ({}, "python", "def f(): pass", ["f"]),
    ],
)
def test_the_kernel_says_the_language(
    metadata: dict[str, object], language: str | None, code: str, names: list[str]
) -> None:
    content = notebook(("code", code), **metadata)
    assert chunk_file("a.ipynb", content).language == language
    assert [name for name, *_ in defined("a.ipynb", content)] == names


def test_notebooks_on_one_line_and_of_older_formats() -> None:
    assert defined("a.ipynb", notebook(("code", "def f():\n  pass"), indent=None)) == [("f", 1, 1)]
    old = {
        "worksheets": [{"cells": [{"cell_type": "code", "input": ["def f():\n", "  pass"], "outputs": []}]}]
    }
    assert [name for name, *_ in defined("a.ipynb", json.dumps(old, indent=1))] == ["f"]


@pytest.mark.parametrize(
    "content", ['{"cells": [', "[]", "{}", '{"cells": 3}', '{"cells": [{"source": []}]}', "x", "\ufeff{}"]
)
def test_what_is_no_notebook_is_text(content: str) -> None:
    found = chunk_file("a.ipynb", content)
    assert content.removeprefix("\ufeff") in found.chunks[1].content


CELLS = st.lists(
    st.tuples(
        st.sampled_from(["code", "markdown", "raw"]),
        st.lists(
            st.sampled_from(
                ["def f():\n", "  return 1\n", "%%bash\n", "!ls \\\n", "# A\n", "é('", "", "\n", "x\ny\n"]
            )
        ),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(cells=CELLS, indent=st.sampled_from([None, 1]))
def test_every_line_of_a_cell_is_in_a_chunk_with_its_line(
    cells: list[tuple[str, list[str]]], indent: int | None
) -> None:
    content = notebook(*cells, indent=indent)
    rows = content.split("\n")
    found = chunk_file("a.ipynb", content)
    if not "".join(line for _, source in cells for line in source).strip():
        return  # a notebook of nothing is JSON
    texts = "\n".join(chunk.content for chunk in found.chunks[1:]).split("\n")
    for _, source in cells:
        assert all(line in texts for line in "".join(source).split("\n") if line.strip())
    for chunk in found.chunks:
        assert 1 <= chunk.start_line <= chunk.end_line <= len(rows)
        for text in chunk.texts:
            assert chunk.start_line <= text.start_line <= text.end_line <= chunk.end_line
        first = chunk.content.split("\n")[0].strip()
        if chunk.kind != "module" and found.parser == "tree-sitter" and first.isascii():
            assert json.dumps(first)[1:-1] in rows[chunk.start_line - 1]


CONFLICT = """function before() {
  return 1;
}
function mixed(a) {
<<<<<<< HEAD
  if (a) {
    one();
||||||| base
  if (a == 0) {
=======
  if (!a) {
    two();
>>>>>>> x
  }
  return 2;
}
<<<<<<< HEAD
function ours() {
  return 3;
=======
function theirs() {
  return 4;
>>>>>>> x
}
class After {
  m() { return 1; }
}
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_functions_around_and_on_both_sides_of_a_conflict(end: str) -> None:
    content = CONFLICT.replace("\n", end)
    assert defined("a.js", content) == [
        ("before", 1, 3),
        ("mixed", 4, 16),
        ("ours", 18, 20),
        ("theirs", 21, 24),
        ("After", 25, 27),
        ("After.m", 26, 26),
    ]


@pytest.mark.parametrize(
    ("path", "head", "ours", "theirs", "tail", "names"),
    [
        (
            "a.py",
            "def a():\n    pass",
            "def b():\n    pass",
            "def c(x):\n    pass",
            "def d(): pass",
            ["a", "b", "c", "d"],
        ),
        (
            "A.java",
            "class A {",
            "int b() { return 1; }",
            "int b(int c) { return 1; }",
            "int d() { return 2; }\n}",
            None,
        ),
        (
            "a.sql",
            "create view a as select 1;",
            "create table b (x int);",
            "create table c (x int);",
            "",
            ["a", "b", "c"],
        ),
        (
            "a.c",
            "int a(void) { return 1; }",
            "int b(int x) {",
            "long b(int x) {",
            "return x; }\nint d(void) { return 2; }",
            None,
        ),
    ],
)
def test_conflicts_in_any_language(
    path: str, head: str, ours: str, theirs: str, tail: str, names: list[str] | None
) -> None:
    content = f"{head}\n<<<<<<< HEAD\n{ours}\n=======\n{theirs}\n>>>>>>> other\n{tail}\n"
    found = [name.rpartition(".")[2] for name, *_ in defined(path, content)]
    assert found == (names or (["A", "b", "b", "d"] if path == "A.java" else ["a", "b", "b", "d"]))


def test_headings_and_lone_markers_are_no_conflicts() -> None:
    assert find_conflicts(["Title", "=======", "", ">>>>>>> quoted", "<<<<<<< x", "======="]) == []


LITERAL = '"' + "x" * 100_000 + '"'


@pytest.mark.parametrize(
    ("path", "content", "names"),
    [
        (
            "a.py",
            f"DATA = {LITERAL}\n\ndef f(x):\n    return x\n\ndef g():\n    return {LITERAL}\n",
            ["f", "g"],
        ),
        (
            "a.js",
            f"const DATA = {LITERAL};\nfunction f(x) {{\n  return x;\n}}\nfunction g() {{ return {LITERAL} }}\n",
            ["f", "g"],
        ),
        (
            "A.java",
            f"class A {{\n  String d = {LITERAL};\n  int f() {{\n    return 1;\n  }}\n}}\n",
            ["A", "A.f"],
        ),
        ("a.go", f"package a\nvar d = {LITERAL}\nfunc F() int {{ return 1 }}\n", ["F"]),
        (
            "a.ts",
            f"export const T = [{'1,' * 30_000}];\nexport function look(i: number) {{\n  return T[i];\n}}\n",
            ["look"],
        ),
        ("a.sql", f"INSERT INTO t VALUES ({LITERAL});\nCREATE VIEW v AS SELECT 1;\n", ["v"]),
    ],
)
def test_a_very_long_line_hides_no_function(path: str, content: str, names: list[str]) -> None:
    assert [name for name, *_ in defined(path, content)] == names


def test_minified_code_with_a_licence_above_is_no_thousand_functions() -> None:
    content = "/* licence */\nvar x = 1;\n" + "var a=1;function f(){return 1}" * 3_000
    assert defined("min.js", content) == []
