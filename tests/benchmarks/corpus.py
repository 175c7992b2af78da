"""The benchmark's corpus and queries: real code of a pinned list of packages, chosen with a fixed seed.

The files of all packages are put in one random order; a corpus of n chunks is the shortest beginning of that order
with at least n chunks, so a small corpus is part of a large one and shares its embeddings.
"""

from __future__ import annotations

import ast
import hashlib
import json
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pgcodesearch.chunking
from pgcodesearch.chunking.chunker import chunk_file

SEED = 20240229
QUERIES_OF_A_KIND = 300
LARGEST_FILE = 500_000  # bytes; beyond it files hold tables, not code


@dataclass(frozen=True)
class CorpusFile:
    """One file and the text that is embedded for each of its chunks (level 0), by kind, symbol and lines."""

    path: str
    chunks: list[tuple[str, str, int, int, str]]


def fetch_sources(cache: Path) -> Path:
    """The folder with the packages' Python files, downloaded and unpacked once."""
    wheels, sources = cache / "wheels", cache / "sources"
    if not (sources / ".complete").exists():
        wheels.mkdir(parents=True, exist_ok=True)
        requirements = Path(__file__).with_name("packages.txt")
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
             "--dest", str(wheels), "-r", str(requirements)],
            check=True,
        )  # fmt: skip
        for wheel in sorted(wheels.glob("*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(sources, [n for n in archive.namelist() if n.endswith(".py")])
        (sources / ".complete").touch()
    return sources


def shuffled_files(sources: Path) -> list[Path]:
    """All usable files in the fixed random order."""
    files = sorted(p for p in sources.rglob("*.py") if 0 < p.stat().st_size <= LARGEST_FILE)
    random.Random(SEED).shuffle(files)
    return files


def build_corpus(cache: Path, chunk_count: int) -> list[CorpusFile]:
    """Files with at least ``chunk_count`` chunks in all; cut once with the product's chunker and kept as JSON.

    Kept under a name that has a digest of the chunker: another version of it cuts the corpus anew.
    """
    kept = cache / f"corpus-{chunk_count}-{_chunker_digest()}.jsonl"
    if not kept.exists():
        sources = fetch_sources(cache)
        partial = kept.with_suffix(".partial")
        with open(partial, "w", encoding="utf-8") as out:
            for file in _cut(sources, chunk_count):
                out.write(json.dumps(asdict(file)) + "\n")
        partial.rename(kept)
    with open(kept, encoding="utf-8") as lines:
        return [CorpusFile(row["path"], [tuple(c) for c in row["chunks"]]) for row in map(json.loads, lines)]


def _chunker_digest() -> str:
    folder = Path(pgcodesearch.chunking.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".scm")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _cut(sources: Path, chunk_count: int) -> Iterator[CorpusFile]:
    total = 0
    for file in shuffled_files(sources):
        if total >= chunk_count:
            return
        try:
            content = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        path = file.relative_to(sources).as_posix()
        chunks = [
            (c.kind, c.symbol, c.start_line, c.end_line, next(t.text for t in c.texts if t.role == "whole"))
            for c in chunk_file(path, content).chunks
            if c.kind != "module"
        ]
        if chunks:
            total += len(chunks)
            yield CorpusFile(path, chunks)


def sample_queries(sources: Path, files: list[CorpusFile]) -> dict[str, list[str]]:
    """300 identifier queries (names of functions and classes) and 300 language queries (first sentences of
    docstrings with 4 to 10 words), sampled from the corpus with the fixed seed."""
    names, sentences = set(), set()
    for file in files:
        tree = _parsed((sources / file.path).read_text(encoding="utf-8"))
        for node in ast.walk(tree) if tree else ():
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            # A name of one word is as good as a word of prose: two parts make an identifier.
            if re.search(r"[a-z0-9]_[a-z0-9]|[a-z][A-Z]", node.name):
                names.add(node.name)
            sentence = re.split(r"\.\s|\n\s*\n", ast.get_docstring(node) or "")[0].strip(" .\n")
            if 4 <= len(sentence.split()) <= 10 and re.fullmatch(r"[A-Za-z][A-Za-z ,'\-\n]*", sentence):
                sentences.add(" ".join(sentence.split()))
    chosen = random.Random(SEED)
    return {
        "identifier": chosen.sample(sorted(names), QUERIES_OF_A_KIND),
        "language": chosen.sample(sorted(sentences), QUERIES_OF_A_KIND),
    }


def _parsed(content: str) -> ast.Module | None:
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError):
        return None
