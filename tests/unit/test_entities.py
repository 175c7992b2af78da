"""What a definition is in its language, and in which role."""

import pytest

from pgcodesearch.chunking import chunk_file

SOURCES = {
    "a.swift": (
        "class A {\n    func f() { print(1) }\n}\nextension A {\n    func g() { print(2) }\n}\nstruct S {\n"
        "    var x = 1\n}\n"
        "protocol P {\n    func q()\n}\nenum E {\n    case a\n}\n",
        "A class definition, f method definition, A extension extension, g method definition, S struct definition,"
        " P interface definition, E enum definition",
    ),
    "a.rs": (
        "pub struct S { a: i32 }\nimpl S { fn f(&self) -> i32 { 1 } }\ntrait T { fn g(&self); }\nenum E { A }\n"
        "macro_rules! m { () => {} }\nconst C: i32 = 1;\ntype A = S;\n",
        "S struct definition, S impl extension, f method definition, T trait definition, E enum definition,"
        " m macro definition, C constant definition, A type definition",
    ),
    "a.cs": (
        "public partial class A { int f() { return 1; } }\ninterface I { int g(); }\nrecord R(int x);\n"
        "struct S { int a; }\n",
        "A class part, f method definition, I interface definition, R record definition, S struct definition",
    ),
    "a.go": (
        "package p\n\ntype S struct {\n\tA int\n}\n\ntype I interface {\n\tF()\n}\n\ntype N int\n\n"
        "func F() int { return 1 }\n\n"
        "func (s S) M() int { return 2 }\n\nconst C = 1\n",
        "S struct definition, I interface definition, N type definition, F function definition, M method definition,"
        " C constant definition",
    ),
    "a.py": (
        "class A:\n    def f(self):\n        return 1\n\n\ndef g():\n    return 2\n",
        "A class definition, f method definition, g function definition",
    ),
    "a.ts": (
        "export interface I { a: number }\nexport type T = number\nexport enum E { A }\n"
        "export abstract class C { abstract f(): void; g() { return 1 } }\nexport const h = () => { return 1 }\n",
        "I interface definition, T type definition, E enum definition, C class definition, g method definition,"
        " h function definition",
    ),
    "a.kt": (
        "package a\n\ninterface I {\n    fun f(): Int\n}\n\nenum class E {\n    A\n}\n\nobject O {\n"
        "    fun g() = 1\n}\n\n"
        "data class D(val x: Int)\n\ntypealias T = Int\n",
        "I interface definition, E enum definition, O object definition, g method definition, D class definition,"
        " T type definition",
    ),
    "a.scala": (
        "trait T { def f: Int }\nobject O { def g = 1 }\ncase class C(x: Int)\n",
        "T trait definition, O object definition, g method definition, C class definition",
    ),
    "a.cpp": (
        "template <class T> class V { public: T get() { return x; } T x; };\nstruct S { int a; };\n"
        "enum class E { A };\n"
        "using I = int;\nint decl(int a);\n#define M(x) x\n",
        "V class definition, get method definition, S struct definition, E enum definition, I type definition,"
        " decl function declaration, M macro definition",
    ),
    "a.c": (
        "typedef struct { int a; } T;\nstruct S { int b; };\nstatic int f(int a) { return a; }\ntypedef int I;\n",
        "T struct definition, S struct definition, f function definition, I type definition",
    ),
    "a.rb": (
        "module M\n  class A\n    def f; 1; end\n  end\nend\n",
        "M module definition, A class definition, f method definition",
    ),
    "a.php": (
        "<?php\ninterface I { function f(); }\ntrait T { function g() { return 1; } }\nenum E { case A; }\n",
        "I interface definition, T trait definition, g method definition, E enum definition",
    ),
    "a.ex": (
        "defmodule M do\n  def f(x), do: x\n  defmacro g(x), do: x\nend\n\ndefprotocol P do\n  def q(x)\nend\n\n"
        "defimpl P, for: Integer do\n  def q(x), do: x\nend\n",
        "M module definition, f function definition, g macro definition, P interface definition, q function definition,"
        " P impl extension, q function definition",
    ),
    "a.hs": (
        "module M where\ndata D = D Int\nclass C a where\n  f :: a -> Int\ninstance C D where\n  f _ = 1\n",
        "D type definition, C class definition, D instance extension, f method definition",
    ),
    "a.java": (
        "public @interface X {}\ninterface I { int f(); }\nrecord R(int a) {}\nenum E { A }\n"
        "class C { C() { super(); } int g() { return 1; } }\n",
        "X annotation definition, I interface definition, R record definition, E enum definition, C class definition,"
        " C constructor definition, g method definition",
    ),
    "a.zig": (
        "const S = struct { a: i32, fn f() void {} };\npub fn g() i32 { return 1; }\n",
        "S struct definition, f method definition, g function definition",
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", SOURCES)
def test_entity_and_role(path):
    source, expected = SOURCES[path]
    found = [chunk for chunk in chunk_file(path, source).chunks if chunk.kind != "module" and chunk.name]
    assert ", ".join(f"{chunk.name} {chunk.entity} {chunk.role}" for chunk in found) == expected
