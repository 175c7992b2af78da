"""What users look for, and the words they have for it.

An intent is one function of a package. Its words come from what the function's author wrote about it, documentation
and comments, and neither is left in the sources that get indexed: the words of the query and of the code differ as they
do for people who have not read the code. Each intent has several wordings: a sentence, or three to five salient words
of one sentence or of all of them. Wordings are dealt out once: those that users type, those that judge a candidate in
the gate, and those that measure the month; no wording is in two of them, though their words overlap.
"""

from __future__ import annotations

import ast
import io
import random
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

from pgcodesearch.chunking import Chunk, chunk_file
from pgcodesearch.training.queries import comment_sentences, without_ceremony
from pgcodesearch.words.sentences import STOP_WORDS, sentences

_WORDINGS = 12
_TESTS = re.compile(r"(^|/)(tests?|testing|testsuite)/|(^|/)(test_|conftest)[^/]*$")


@dataclass(frozen=True)
class Intent:
    """A function somebody will look for; lines are those of the bare source. Wordings by their use."""

    repository: str
    path: str
    symbol: str
    start_line: int
    end_line: int
    asked: tuple[str, ...]
    gate: tuple[str, ...]
    held_out: tuple[str, ...]

    @property
    def key(self) -> str:
        """Names it among all."""
        return f"{self.repository}/{self.path}:{self.symbol}"


def bare_source(source: str) -> str | None:
    """Python source without documentation and comments; None where it does not parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    lines = source.split("\n")
    for node in ast.walk(tree):
        if (
            not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            or not node.body
        ):
            continue
        first = node.body[0]
        if not (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ):
            continue
        indent = lines[first.lineno - 1][: first.col_offset]
        if indent.strip():
            continue
        assert first.end_lineno is not None
        lines[first.lineno - 1 : first.end_lineno] = [""] * (first.end_lineno - first.lineno + 1)
        if len(node.body) == 1:
            lines[first.lineno - 1] = f"{indent}..."
    text = "\n".join(lines)
    lines = text.split("\n")
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                lines[row - 1] = lines[row - 1][:column].rstrip()
    except (tokenize.TokenError, IndentationError):
        return None
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def write_bare(package: Path, target: Path) -> dict[str, tuple[str, str]]:
    """Write the bare sources of an unpacked package; (source, bare source) by path. Tests are left out."""
    written = {}
    for file in sorted(package.rglob("*.py")):
        path = file.relative_to(package).as_posix()
        source = file.read_text(encoding="utf-8", errors="replace")
        bare = None if _TESTS.search(path) or len(source) > 150_000 else bare_source(source)
        if bare is not None:
            written[path] = (source, bare)
            place = target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(bare, encoding="utf-8")
    return written


def find_intents(repository: str, files: dict[str, tuple[str, str]], shuffle: random.Random) -> list[Intent]:
    """Functions with at least two sentences about them and three lines of their own."""
    found = []
    for path, (source, bare) in files.items():
        described = _functions(path, source)
        for symbol, chunk in _functions(path, bare).items():
            said = _sentences(described[symbol]) if symbol in described else []
            if len(said) < 2 or len(chunk.content.splitlines()) < 3:
                continue
            wordings = _wordings(said, chunk.name, shuffle)
            if len(wordings) >= 6:
                half, rest = len(wordings) // 2, wordings[len(wordings) // 2 :]
                found.append(Intent(
                    repository, path, symbol, chunk.start_line, chunk.end_line, tuple(wordings[:half]),
                    tuple(rest[: len(rest) // 2]), tuple(rest[len(rest) // 2 :]),
                ))  # fmt: skip
    return found


def _functions(path: str, source: str) -> dict[str, Chunk]:
    """Functions and methods by symbol, without those whose symbol stands twice."""
    chunks = [chunk for chunk in chunk_file(path, source).chunks if chunk.kind in ("function", "method")]
    symbols = [chunk.symbol for chunk in chunks]
    return {chunk.symbol: chunk for chunk in chunks if symbols.count(chunk.symbol) == 1}


def _sentences(chunk: Chunk) -> list[str]:
    said = [without_ceremony(text, chunk.name) for text in sentences(chunk.doc)[:4]]
    said += [without_ceremony(text, "") for text in comment_sentences(chunk.comments)[:3]]
    return list(dict.fromkeys(said))


def _wordings(said: list[str], name: str, shuffle: random.Random) -> list[str]:
    found = dict.fromkeys(said[:3])
    everything = " ".join(said)
    for _ in range(4 * _WORDINGS):
        found[_salient(shuffle.choice([*said, everything]), shuffle)] = None
    found.pop("", None)
    wordings = [text for text in found if text.replace(" ", "_") != name.lower()][:_WORDINGS]
    shuffle.shuffle(wordings)
    return wordings


def _salient(text: str, shuffle: random.Random) -> str:
    """Three to five different words of a text that say something, in its order; empty where it has fewer."""
    words = list(dict.fromkeys(word.lower() for word in re.findall(r"[A-Za-z][A-Za-z0-9_]{2,}", text)))
    salient = [word for word in words if word not in STOP_WORDS]
    if len(salient) < 3:
        return ""
    places = sorted(shuffle.sample(range(len(salient)), min(len(salient), shuffle.choice([3, 4, 5]))))
    return " ".join(salient[place] for place in places)
