"""The judged sets that quality is measured on: real packages, the public CoSQA benchmark as one repository, and
documentation sentences over packages without their documentation.

The data of the first two is not part of the project. Layout of its folder: ``dev/queries.jsonl`` and
``dev/packages.json`` (registry names and the folder of each package), ``fetch_packages.py`` that unpacks them,
``cosqa/dev-500.json`` and ``cosqa/code_idx_map.json``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pgcodesearch.evaluating import JudgedQuery, Judgment, read_judged_queries

COSQA = "cosqa"
SETS = ("dev", COSQA, "docstring")


@dataclass(frozen=True)
class JudgedSet:
    """Folders to index by repository name, and the queries that are judged over them."""

    name: str
    repositories: dict[str, Path]
    queries: list[JudgedQuery]


def dev_set(data: Path, packages: Path) -> JudgedSet | None:
    """The judged queries over real packages, fetched into ``packages`` where missing; None without the data."""
    queries_file, listing = data / "dev" / "queries.jsonl", data / "dev" / "packages.json"
    if not queries_file.exists() or not listing.exists():
        return None
    folders = {
        row["package"]: packages / row["dir"] for row in json.loads(listing.read_text(encoding="utf-8"))
    }
    if not all(folder.is_dir() for folder in folders.values()):
        fetch = [sys.executable, str(data / "fetch_packages.py"), "dev", str(packages)]
        subprocess.run([*fetch, "--packages", str(listing)], check=True)
    with open(queries_file, "rb") as lines:
        return JudgedSet("dev", folders, read_judged_queries(lines, str(queries_file)))


def cosqa_set(data: Path, work: Path) -> JudgedSet | None:
    """CoSQA's 500 dev queries over 6,267 functions, one file each; None without the data.

    CoSQA: Huang et al. 2021, "CoSQA: 20,000+ Web Queries for Code Search and Question Answering".
    """
    functions_file, queries_file = data / COSQA / "code_idx_map.json", data / COSQA / "dev-500.json"
    if not functions_file.exists() or not queries_file.exists():
        return None
    folder = work / COSQA
    folder.mkdir(parents=True, exist_ok=True)
    lines: dict[int, int] = {}
    for code, number in json.loads(functions_file.read_text(encoding="utf-8")).items():
        lines[number] = code.rstrip("\n").count("\n") + 1
        target = folder / _name(number)
        if not target.exists():
            target.write_text(code.rstrip("\n") + "\n", encoding="utf-8")
    queries = [
        JudgedQuery(
            row["idx"], row["doc"], COSQA, "python", COSQA,
            (Judgment(_name(row["retrieval_idx"]), 1, lines[row["retrieval_idx"]], 3),),
        )
        for row in json.loads(queries_file.read_text(encoding="utf-8"))
    ]  # fmt: skip
    return JudgedSet(COSQA, {COSQA: folder}, queries)


def docstring_set(work: Path) -> JudgedSet:
    """First sentences of documentation, asked of packages that no shipped model was trained on."""
    import docstrings  # needs the training extra's readers, which the other sets do not

    return JudgedSet("docstring", *docstrings.prepare(work / "docstring"))


def _name(number: int) -> str:
    return f"f{number:05d}.py"
