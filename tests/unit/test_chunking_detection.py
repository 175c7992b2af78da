"""What a file is taken for: C++ headers by what is in them, scripts by the interpreter behind their runner."""

from __future__ import annotations

import pytest

from pgcodesearch.chunking import chunk_file, detect_language

CPP = [
    "#pragma once\nclass Engine;\nEngine* makeEngine(int cylinders);\n",
    "void stop(Engine& e);",
    "bool same(const Foo &, const Foo &);",
    "struct P {\n  int x;\n  int sum();\n};",
    "struct A { A(); };",
    "struct B : Base {\n};",
    "struct S { virtual void f() = 0; };",
    "struct A\n{\n    bool ok() const\n    {\n        return true;\n    }\n};",
    "struct Vec {\n  Vec(float x, float y) : x(x), y(y) {}\n};",
    "class EXPORT_API Foo : public Bar {",
    "namespace a::b {\n}",
    "#ifndef X\n#define X\nnamespace\n{\n}\n#endif",
    "enum class Color { Red };",
    "std::string name();",
    "template <typename T>\nT max(T a, T b);",
    "using Id = int;",
    "int f(int a, int depth = 2);",
    "auto f() -> int;",
    "Widget& get();",
    "void f(Foo&&);",
    "vector<int> f();",
    "bool operator<(const Shape &a, const Shape &b);",
    "void fill(int (&rows)[3]);",
    "auto twice = [](auto a) { return 2 * a; };",
    "#include <vector>\n",
    '#include "base.hpp"\n',
    '#ifdef __cplusplus\nextern "C" {\n#endif\nclass Engine;\n#ifdef __cplusplus\n}\n#endif',
]
C = [
    "",
    "int f(void);",
    "/* class Foo { public: } namespace x */\n// std::string\nint f(void);",
    "struct class *class_create(const char *name);\nint new;\nbool virtual;\nint this, template;\n",
    '#ifdef __cplusplus\nextern "C" {\n#endif\nint f(int);\n#ifdef __cplusplus\n}\n#endif',
    "#if defined(__cplusplus)\n#if X\nclass X {};\n#endif\nclass Y {};\n#endif\nint f(void);",
    "struct s { int (*cb)(void *); int private; unsigned int (*get)(struct s *); };",
    "[[gnu::packed]] struct x { int a; };",
    "static inline int f(int a) { return a & mask ? g(&a) : h(a); }",
    "struct x {\n  u8 data[4] __aligned(8);\n  int y __attribute__((packed));\n  DECLARE_BITMAP(bits, 3);\n};",
    'static inline void nop(void) { asm volatile("nop" :: "r"(x)); }',
    "extern int f (int __fd) __THROW __nonnull ((1));\n__BEGIN_DECLS\nint (*table[3])(int);\n",
    "static inline int call(int i) { return table[i](i) + g((&x), &i); }",
    "@interface Foo : NSObject\n- (void)class;\n@end",
    'const char *msg = "class Foo { public: }";',
    "#define X(a) \\\n  class a;\n",
    "static int x(int a)\n{\n  for (int i = 0, j = 1; i < a; i++) g(i, &j);\n  return &x == 0;\n}",
]


@pytest.mark.parametrize("content", CPP)
def test_a_cpp_header_is_known_by_what_is_in_it(content: str) -> None:
    assert detect_language("a.h", content) == "cpp"


@pytest.mark.parametrize("content", C)
def test_a_c_header_is_c_whatever_its_names_and_comments_say(content: str) -> None:
    assert detect_language("a.h", content) == "c"


def test_the_licence_above_a_cpp_header_may_be_long() -> None:
    assert detect_language("a.h", "// licence\n" * 5_000 + "class Engine;\n") == "cpp"


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("#!/usr/bin/env -S uv run --script", "python"),
        ("#!/usr/bin/env -S uv run --quiet --with requests python3.12", "python"),
        ("#!/usr/bin/env -S deno run --allow-net", "typescript"),
        ("#!/usr/bin/env -S bundle exec ruby", "ruby"),
        ("#!/usr/bin/env -S bundle exec", "ruby"),
        ("#!/usr/bin/env NODE_ENV=production node", "javascript"),
        ("#!/usr/bin/env -S NODE_OPTIONS='--max-old-space-size=1 --x' npx tsx", "typescript"),
        ("#!/usr/bin/env -u HOME -i python", "python"),
        ("#!/usr/bin/env -S'python3 -u'", "python"),
        ("#!/usr/bin/env --split-string=ruby -w", "ruby"),
        ("#! /opt/python/3.12/bin/python3.12 -E", "python"),
        ("#!/usr/bin/php8.2", "php"),
        ("#!/usr/bin/lua5.4", "lua"),
        ("#!/usr/bin/env pypy3", "python"),
        ("#!/bin/busybox sh", "bash"),
        ("#!/usr/bin/sudo /bin/bash", "bash"),
        ("#!/usr/bin/env -S poetry run python", "python"),
        ("#!/usr/bin/env -S npx zx", "javascript"),
        ("#!/usr/bin/env rust-script", "rust"),
        ("#!/usr/bin/env -S cargo +nightly -Zscript", "rust"),
        ("#!/usr/bin/env -S scala-cli shebang", "scala"),
        ("#!/usr/bin/env stack\n-- stack script", "haskell"),
        ("#!/usr/bin/env nix-shell\n#! nix-shell -p python3 -i python3", "python"),
        ("#!C:\\Python\\python.exe", "python"),
        ("#!/usr/bin/env\tpython3\r", "python"),
        ("#!/usr/bin/env -S perl -w", None),
        ("#!/usr/bin/perl python", None),
        ("#!/usr/bin/make -f", None),
        ("#!/usr/bin/env", None),
        ("#!", None),
        ("#!/usr/bin/env python 'unclosed", "python"),
        (" #!/bin/sh", None),
    ],
)
def test_scripts_by_their_interpreter_through_runners(line: str, language: str | None) -> None:
    assert detect_language("bin/tool", line + "\nx = 1\n") == language


NAMES = [
    (
        "a.kt",
        "class CartTest {\n  @Test\n  fun `adds a line, when empty`() {\n  }\n}\n",
        "CartTest.adds a line, when empty",
    ),
    ("a.kt", "fun String.`is empty`() = 1\n", "String.is empty"),
    ("a.scala", "class A {\n  def `type`: Int = 1\n}\n", "A.type"),
    ("a.swift", "func `default`() -> Int {\n  return 1\n}\n", "default"),
    ("a.zig", 'pub fn @"adds two"() void {\n}\n', "adds two"),
    ("a.rs", "fn r#type() -> i32 {\n  1\n}\n", "type"),
    ("a.rs", "impl r#match {\n  fn r#fn(&self) {}\n}\n", "match.fn"),
    ("a.cs", "class @class {\n  void @event(int @int) { }\n}\n", "class.event"),
    ("a.js", "class A {\n  get() { return 1 }\n}\n", "A.get"),
    ("a.js", "class A {\n  delete() { return 1 }\n}\n", "A.delete"),
    ("a.js", "class A {\n  'quoted name'() { return 1 }\n}\n", "A.quoted name"),
    ("a.ts", "class A {\n  declare(): number { return 1 }\n}\nfunction type() {}\n", "A.declare"),
    ("a.py", "def match(type):\n    return type\n", "match"),
    ("a.rb", "class A\n  def class\n    1\n  end\nend\n", "A.class"),
    ("a.hs", "module A where\n\nx `plus` y = x\n", "plus"),
    ("a.hs", "module A where\n\ntype' x = x\n", "type'"),
    ("A.java", "class A {\n  void exports() {}\n}\n", "A.exports"),
    ("a.sql", "CREATE TABLE [dbo].[Order Details] (id int);\n", "dbo.Order Details"),
    ("a.py", "def गणना():\n    return 1\n", "गणना"),
    ("a.js", "class A {\n  gro\u0308\u00dfe() { return 1 }\n}\n", "A.gr\u00f6\u00dfe"),
    ("a.py", "def gro\u0308\u00dfe():\n    return 1\n", "gr\u00f6\u00dfe"),
]


@pytest.mark.parametrize(("path", "content", "symbol"), NAMES, ids=[symbol for *_, symbol in NAMES])
def test_names_as_they_read(path: str, content: str, symbol: str) -> None:
    chunks = chunk_file(path, content).chunks[1:]
    assert symbol in [chunk.symbol for chunk in chunks if chunk.kind != "block"]
    assert content.split("\n")[0] in chunks[0].content


@pytest.mark.parametrize(
    ("path", "content", "called"),
    [
        ("a.kt", "fun top() {\n    `is empty`()\n}\n", "is empty"),
        ("a.rs", "fn top() {\n    r#match();\n}\n", "match"),
        ("a.cs", "class A {\n  void Top() { @event(); }\n}\n", "event"),
        ("a.py", "def top():\n    gro\u0308\u00dfe()\n", "gr\u00f6\u00dfe"),
    ],
)
def test_calls_have_the_names_of_what_they_call(path: str, content: str, called: str) -> None:
    assert called in {name for chunk in chunk_file(path, content).chunks for name in chunk.calls}


@pytest.mark.parametrize(
    ("head", "symbol"),
    [
        ('TEST_CASE( "adds two numbers", "[math]" )', "adds two numbers"),
        ('TEST_CASE("multi"\n          " part")', "multi part"),
        ('TEST_CASE_METHOD(CartFixture, "adds a line")', "CartFixture.adds a line"),
        ('CATCH_SCENARIO("says \\"hi\\", (twice)")', 'says "hi", (twice)'),
        ("TEST(CartTest, AddsALine)", "CartTest.AddsALine"),
        ("TYPED_TEST_P(CartTest, AddsALine)", "CartTest.AddsALine"),
        ("TEST_F(CartTest, AddsALine)\n", "CartTest.AddsALine"),
        ("BOOST_AUTO_TEST_CASE(adds_a_line)", "adds_a_line"),
        ("BOOST_FIXTURE_TEST_CASE(adds_a_line, Fixture)", "adds_a_line"),
        ("BENCHMARK_F(Fixture, Copies)(benchmark::State& state)", "Fixture.Copies"),
        ("TEST_METHOD(AddsALine)", "AddsALine"),
        ("Test(cart, adds_a_line, .init = setup)", "cart.adds_a_line"),
        ("SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf)", "read"),
    ],
)
@pytest.mark.parametrize("extension", ["cpp", "c"])
def test_tests_are_named_by_what_their_macro_is_given(extension: str, head: str, symbol: str) -> None:
    found = chunk_file(
        f"cart.{extension}",
        f"int before;\n\n{head} {{\n  check(1);\n}}\n\nint after(int a) {{ return a; }}\n",
    )
    assert [chunk.symbol for chunk in found.chunks[1:] if chunk.kind != "block"] == [symbol, "after"]
