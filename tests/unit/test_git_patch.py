"""What a patch says of a commit: files, lines, names; and where definitions begin in each language."""

import subprocess

import pytest

from pgcodesearch.indexing.git_drivers import ATTRIBUTES, CONFIGURATION
from pgcodesearch.indexing.git_history import MOST_FILES, _split, read_commits
from pgcodesearch.indexing.git_patch import defined_name, read_patch, read_raw
from support.worktrees import WorkTree


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"def make(x):", "make"),
        (b"    async def foo(self):", "foo"),
        (b"func (s *Server) Serve(ctx) error {", "Serve"),
        (b"public static void main(String[] a) {", "main"),
        (b"static int foo_bar(struct x *y)", "foo_bar"),
        (b"impl<T> Foo<T> for Bar {", "Foo"),
        (b"pub(crate) fn go<T>() {", "go"),
        (b"## How to use it ##", "How to use it"),
        (b"  const handler = async (x) => {", "handler"),
        (b"export default class A extends B {", "A"),
        (b"create or replace function codesearch.search(", "search"),
        (b"    render(props) {", "render"),
        (b"  if (x) {", None),
        (b"", None),
    ],
)
def test_the_name_that_a_line_defines(line, name):
    assert defined_name(line) == name


SAMPLES = {
    "a.py": ("class A:\n    def one(self):\n        x = 1\n        return x\n", "x = 1", "one"),
    "a.ts": ("export class A {\n  one(x: number) {\n    if (x) {\n      y = 7;\n    }\n  }\n}\n", "y = 7", "one"),
    "b.js": ("export const one = async (x) => {\n  y = 7;\n};\n", "y = 7", "one"),
    "c.js": ("export default function one(x) {\n  y = 7;\n}\n", "y = 7", "one"),
    "a.go": ("package a\n\nfunc (s *S) One() int {\n\tx := 1\n\treturn 7\n}\n", "return 7", "One"),
    "a.rs": ("impl A {\n    pub fn one(&self) -> i32 {\n        let x = 1;\n        7\n    }\n}\n", "        7", "one"),
    "A.java": ("class A {\n    int one(int x) {\n        int y = 1;\n        return 7;\n    }\n}\n", "return 7", "one"),
    "a.c": ("static int\none(int x)\n{\n\tint y = 1;\n\treturn 7;\n}\n", "return 7", "one"),
    "a.rb": ("class A\n  def one(x)\n    y = 1\n    7\n  end\nend\n", "    7", "one"),
    "a.md": ("# A\n\nText.\n\n## One\n\nMore.\nSeven.\n", "Seven", "One"),
    "a.scala": ("object A {\n  def one(x: Int) = {\n    val y = 1\n    7\n  }\n}\n", "    7", "one"),
    "a.sql": ("create function one() returns int\nlanguage sql\nas $$\n    select 7\n$$;\n", "select 7", "one"),
}  # fmt: skip


def test_the_innermost_definition_around_a_change_is_named_in_each_language(tmp_path):
    tree = WorkTree(tmp_path / "tree")
    for path, (text, _, _) in SAMPLES.items():
        tree.write(path, text)
    tree.commit()
    for path, (text, place, _) in SAMPLES.items():
        tree.write(path, text.replace(place, place.replace("7", "8").replace("1", "2") + "  "))
    commit = tree.commit()
    (found,) = read_commits(tree.root, [commit], set())
    names = {file.path: list(file.symbols) for file in found.files}
    assert names == {path: [name] for path, (_, _, name) in SAMPLES.items()}


def test_a_new_function_is_named_and_not_the_one_before_it(tmp_path):
    tree = WorkTree(tmp_path / "tree")
    tree.commit(a="def one():\n    return 1\n")
    commit = tree.commit(a="def one():\n    return 1\n\n\n@cached\ndef two():\n    return 2\n")
    (found,) = read_commits(tree.root, [commit], set())
    assert (list(found.files[0].symbols), found.files[0].lines) == (["two"], [(3, 7)])


def test_a_change_of_type_does_not_shift_what_follows(tmp_path):
    tree = WorkTree(tmp_path / "tree")
    (tree.root / "a.py").symlink_to("z.py")
    tree.commit(z="x = 1\n")
    (tree.root / "a.py").unlink()
    tree.write("a.py", "def one():\n    pass\n")
    commit = tree.commit(z="x = 1\ny = 2\n")
    (found,) = read_commits(tree.root, [commit], set())
    assert [(file.path, file.status, file.lines) for file in found.files] == [
        ("a.py", "T", [(1, 2)]), ("z.py", "M", [(2, 2)]),
    ]  # fmt: skip


def test_binary_and_moved_files_have_no_lines(tmp_path):
    tree = WorkTree(tmp_path / "tree")
    (tree.root / "a.bin").write_bytes(b"\0\1\2")
    tree.commit(old="x = 1\n")
    (tree.root / "a.bin").write_bytes(b"\0\1\3")
    (tree.root / "big.txt").write_text("x\n" * 600_000)
    tree.git("mv", "old.py", "new.py")
    (found,) = read_commits(tree.root, [tree.commit()], set())
    assert [(file.path, file.old_path, file.lines) for file in found.files] == [
        ("a.bin", None, None), ("big.txt", None, None), ("new.py", "old.py", []),
    ]  # fmt: skip


def test_a_raw_list_that_is_cut_off_is_read_as_far_as_it_goes():
    whole = b"\0\n:100644 100644 1 2 M\0a.py\0:100644 100644 1 2 R100\0b.py\0c.py\0\0diff"
    files, count, rest = read_raw(whole, MOST_FILES)
    assert ([file.path for file in files], count, rest) == (["a.py", "c.py"], 2, b"diff")
    for length in range(len(whole)):
        files, _, _ = read_raw(whole[:length], MOST_FILES)
        assert [file.path for file in files] in ([], ["a.py"], ["a.py", "c.py"])
    assert len(read_raw(whole, 1)[0]) == 1


def test_a_patch_without_files_is_nothing():
    read_patch([], b"diff --git a/x b/x\n@@ -1 +1 @@ def x():\n-a\n+b\n")


def test_records_are_split_wherever_the_pieces_end():
    text = b"noiseMARKone\0MARKtwo\0MARK"
    for size in range(1, len(text) + 1):
        pieces = iter([text[start : start + size] for start in range(0, len(text), size)])
        assert list(_split(pieces, b"MARK")) == [b"one\0", b"two\0", b""]


def test_git_takes_the_drivers(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "attributes").write_text(ATTRIBUTES)
    said = subprocess.run(
        ["git", "-C", str(tmp_path), "-c", f"core.attributesFile={tmp_path}/attributes", "check-attr", "diff", "x.tsx"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    driver = said.split()[-1]
    assert f"diff.{driver}.xfuncname" in CONFIGURATION
