"""Packages and modules form layers: none imports, however late, what imports it."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "pgcodesearch"
# (importer, imported): why it may close a circle.
ALLOWED = {
    (f"{PACKAGE}.embedding.embedder", f"{PACKAGE}.embedding.loading"): (
        "Embedder.load is what other programs call, and gives a model of either kind"
    ),
}


def modules() -> dict[str, Path]:
    """Every module by its dotted name. ``pysrc/pgcodesearch/training`` is a link, which rglob does not follow."""
    found = {}
    for name, folder in ((PACKAGE, ROOT / "pysrc/pgcodesearch"), (f"{PACKAGE}.training", ROOT / "training")):
        for file in folder.rglob("*.py"):
            if folder / "training" not in file.parents:
                parts = file.relative_to(folder).with_suffix("").parts
                found[".".join([name, *parts]).removesuffix(".__init__")] = file
    return found


def imports(name: str, source: str, known: Iterable[str], is_package: bool) -> Iterator[str]:
    """The known modules that a module imports: at its top, in functions, and for type checkers alone."""
    known = set(known)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & known
        elif isinstance(node, ast.ImportFrom):
            parts = name.split(".") if is_package else name.split(".")[:-1]
            above = parts[: len(parts) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                submodule = f"{module}.{alias.name}"
                yield from {submodule if submodule in known else module} & known


def circle(edges: Iterable[tuple[str, str]]) -> list[str]:
    graph: dict[str, set[str]] = {}
    for importer, imported in edges:
        if importer != imported and (importer, imported) not in ALLOWED:
            graph.setdefault(importer, set()).add(imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.fixture(scope="module")
def edges() -> list[tuple[str, str]]:
    files: Mapping[str, Path] = modules()
    assert len(files) > 150
    return [
        (name, imported)
        for name, file in files.items()
        for imported in imports(name, file.read_text(encoding="utf-8"), files, file.stem == "__init__")
    ]


def test_no_modules_import_in_a_circle(edges):
    assert circle(edges) == []


def test_no_packages_import_in_a_circle(edges):
    """The root package has no modules of others: everything may import its version."""

    def package(name: str) -> str:
        return ".".join(name.split(".")[:2])

    assert circle((package(importer), package(imported)) for importer, imported in edges) == []


def test_what_is_allowed_is_needed(edges):
    assert set(edges) >= set(ALLOWED)


def test_late_relative_and_type_checking_imports_count():
    source = "def f():\n    from . import b\nif TYPE_CHECKING:\n    import p.c\n"
    assert set(imports("p.a", source, ["p", "p.a", "p.b", "p.c"], False)) == {"p.b", "p.c"}
    assert circle([("p.a", "p.b"), ("p.b", "p.c"), ("p.c", "p.a")])
