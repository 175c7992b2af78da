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
from dataclasses import dataclass, replace
from pathlib import Path

from pgcodesearch.evaluating import JudgedQuery, Judgment, read_judged_queries
from pgcodesearch.evaluating.judgments import WHOLE_FILE

COSQA = "cosqa"
SETS = ("dev", COSQA, "docstring", "public", "judged", "judged-files")


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
    folders = _fetched(data, packages, listing)
    with open(queries_file, "rb") as lines:
        return JudgedSet("dev", folders, read_judged_queries(lines, str(queries_file)))


def public_set(data: Path, work: Path) -> JudgedSet | None:
    """Queries of a public benchmark whose answers are files (some with lines), over 8 repositories in ``work/public``;
    None without the data or the repositories, which ``files/public/checkout.py`` lays out.
    """
    folder, listing = work / "public", data / "files" / "public" / "repositories.json"
    if not listing.exists() or not folder.is_dir():
        return None
    rows = json.loads(listing.read_text(encoding="utf-8"))
    queries = []
    for line in (listing.parent / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        root = f"{row['root']}/" if row["root"] else ""
        targets = {
            (target["path"].removeprefix(root), target["start_line"] or 1, target["end_line"] or WHOLE_FILE)
            for target in row["targets"]
        }
        judged = tuple(Judgment(*target, 3) for target in sorted(targets))
        queries.append(
            JudgedQuery(row["id"], row["query"], row["repo"], row["language"], row["category"], judged)
        )
    return JudgedSet("public", {row["name"]: folder / row["name"] / row["root"] for row in rows}, queries)


def judged_sets(data: Path, packages: Path) -> list[JudgedSet]:
    """Judged queries over 16 packages in 13 languages, by place and by file."""
    queries_file = data / "files" / "judged" / "queries.jsonl"
    if not queries_file.exists():
        return []
    folders = _fetched(data, packages, queries_file.with_name("packages.json"))
    with open(queries_file, "rb") as lines:
        queries = read_judged_queries(lines, str(queries_file))
    return [JudgedSet("judged", folders, queries),
            JudgedSet("judged-files", folders, [_of_files(query) for query in queries])]  # fmt: skip


def _of_files(query: JudgedQuery) -> JudgedQuery:
    paths = dict.fromkeys(judgment.path for judgment in query.relevant)
    return replace(query, judgments=tuple(Judgment(path, 1, WHOLE_FILE, 3) for path in paths))


def _fetched(data: Path, packages: Path, listing: Path) -> dict[str, Path]:
    folders = {
        row["package"]: packages / row["dir"] for row in json.loads(listing.read_text(encoding="utf-8"))
    }
    if not all(folder.is_dir() for folder in folders.values()):
        fetch = [sys.executable, str(data / "fetch_packages.py"), "dev", str(packages)]
        subprocess.run([*fetch, "--packages", str(listing)], check=True)
    return folders


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
