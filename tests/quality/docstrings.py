"""Documentation sentences as queries, over packages without their documentation: what a model makes of behaviour.

Packages that no shipped model was trained on, by PyPI name and version. Every docstring is taken out of the sources
(the lines stay, so that places can be judged); its first sentence asks for the function it stood in.
"""

from __future__ import annotations

import ast
import random
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pgcodesearch.evaluating import JudgedQuery, Judgment
from pgcodesearch.words.sentences import sentences

PACKAGES = (
    "rdflib==7.6.0", "pint==0.25.3", "pyparsing==3.3.3", "wtforms==3.3.2", "cattrs==26.2.1", "humanize==4.17.0",
    "bidict==0.24.1",
)  # fmt: skip
PER_PACKAGE = 90
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Documented:
    """A function that had a documentation: its lines, 1-based, and the first sentence."""

    start_line: int
    end_line: int
    sentence: str


def prepare(work: Path, seed: int = 1) -> tuple[dict[str, Path], list[JudgedQuery]]:
    """Fetch the packages into ``work`` where missing and strip them; folders by repository name, and the queries."""
    folders: dict[str, Path] = {}
    queries: list[JudgedQuery] = []
    for requirement in PACKAGES:
        name = requirement.partition("==")[0]
        sources, stripped = work / "sources" / name, work / "stripped" / name
        if not sources.is_dir():
            fetch(requirement, sources)
        found: dict[str, tuple[str, Documented]] = {}
        for path, documented in strip_package(sources, stripped):
            found.setdefault(documented.sentence.lower(), (path, documented))
        keys = sorted(found)
        for key in random.Random(f"{seed} {name}").sample(keys, min(PER_PACKAGE, len(keys))):
            path, documented = found[key]
            queries.append(
                JudgedQuery(
                    f"{name}:{path}:{documented.start_line}", documented.sentence, name, "python", "docstring",
                    (Judgment(path, documented.start_line, documented.end_line, 3),),
                )
            )  # fmt: skip
        folders[name] = stripped
    return folders, queries


def fetch(requirement: str, folder: Path) -> None:
    """Download a wheel and unpack it."""
    folder.mkdir(parents=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
         "--dest", str(folder.parent), requirement],
        check=True,
    )  # fmt: skip
    name, version = requirement.split("==")
    with zipfile.ZipFile(folder.parent / f"{name}-{version}-py3-none-any.whl") as wheel:
        wheel.extractall(folder)


def strip_package(sources: Path, target: Path) -> Iterator[tuple[str, Documented]]:
    """Write each module without docstrings below ``target``; yields path and function of what had one."""
    for file in sorted(sources.rglob("*.py")):
        content = file.read_text(encoding="utf-8")
        path = file.relative_to(sources).as_posix()
        text, documented = strip(content)
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(text, encoding="utf-8")
        if "/_vendor/" not in path and "test" not in path:
            yield from ((path, one) for one in documented)


def strip(content: str) -> tuple[str, list[Documented]]:
    """The module with empty lines for docstrings, and its documented functions of three lines and more."""
    lines = content.splitlines()
    documented = []
    for node in ast.walk(ast.parse(content)):
        if not isinstance(node, Function | ast.ClassDef | ast.Module) or ast.get_docstring(node) is None:
            continue
        docstring = node.body[0]
        start, end = docstring.lineno - 1, docstring.end_lineno or docstring.lineno
        alone = isinstance(node, Function | ast.ClassDef) and len(node.body) == 1
        lines[start:end] = [lines[start][: docstring.col_offset] + "..." if alone else ""] + [""] * (
            end - start - 1
        )
        said = sentences(ast.get_docstring(node) or "")
        if isinstance(node, Function) and not alone and said and len(said[0].split()) >= 4:
            last = node.end_lineno or node.lineno
            if last - end >= 2:
                documented.append(Documented(node.lineno, last, said[0].rstrip(".")))
    return "\n".join(lines) + "\n", documented
