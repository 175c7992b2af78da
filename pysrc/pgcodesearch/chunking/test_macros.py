"""Macros of C and C++ that define a function named by their arguments: tests, benchmarks, system calls, modules.

``TEST_CASE("adds two numbers", "[math]") {`` is no declaration to a grammar, or one of a function TEST_CASE. For the
parser each such head is a function of the same length; its name is what the macro was given.
"""

from __future__ import annotations

import re

from .preprocessor import blank

_STRING = rb"(?:\bR\"\([^)]*\)\"|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\")"
_GIVEN = rb"\((?P<given>(?:" + _STRING + rb"|\([^()]*\)|[^()\"{};])*)\)(?:\s*\([^(){};]*\))?"
_HEAD = re.compile(
    rb"(?m)^[ \t]*(?P<head>(?P<macro>"
    rb"(?:[A-Z][A-Z0-9]*_)*X?(?:TESTS?|SCENARIO|BENCHMARK|FUZZ|THEORY)(?:_[A-Z0-9]+)*"
    rb"|(?:COMPAT_)?SYSCALL_DEFINE\d|PYBIND11_MODULE|NB_MODULE|TORCH_LIBRARY\w*|EMSCRIPTEN_BINDINGS"
    rb"|(?:Parameterized)?Test(?=\(\s*\w+\s*,\s*\w+\s*[,)])|Theory(?=\(\s*\()"
    rb")\s*" + _GIVEN + rb")(?=\s*\{)"
)
_SUITE = re.compile(
    rb"(?m)^[ \t]*[A-Z][A-Z0-9_]*_SUITE(?:_BEGIN|_END)?[ \t]*\([^(){}\n]*\)[ \t]*;?[ \t]*\r?$(?!\s*\{)"
)
_ARGUMENT = re.compile(rb"\s*((?:" + _STRING + rb"|\([^()]*\)|<[^<>]*>|[^,()<>\"])+)\s*(?:,|$)")
_PLAIN = re.compile(r"[A-Za-z_][\w:]*(?:<.*>)?", re.DOTALL)
_RAW = re.compile(r"R\"\((.*)\)\"", re.DOTALL)
_FIRST_ONLY = re.compile(
    r"BOOST|SYSCALL|MODULE|BINDINGS|TORCH"
)  # the other arguments are no part of the name


def with_named_tests(data: bytes) -> tuple[bytes, dict[int, tuple[str, ...]]]:
    """The source with functions in place of such heads, and the name in parts by the byte where each one's stands."""
    names: dict[int, tuple[str, ...]] = {}

    def replaced(found: re.Match[bytes]) -> bytes:
        macro, head = found.group("macro").decode(), found.group("head")
        parts = _name(macro, found.group("given"))
        opening = _opening(macro)
        if not parts or len(opening) > len(head):
            return found.group()
        names[found.start("head") + opening.index(b" ") + 1] = parts
        before = found.group()[: found.start("head") - found.start()]
        return before + opening + blank(head)[len(opening) :]

    if b"(" not in data:
        return data, names
    changed = _HEAD.sub(replaced, data)
    return (_SUITE.sub(lambda found: blank(found.group()), changed) if names else data), names


def _opening(macro: str) -> bytes:
    """What stands for the macro; the name's place is after the blank."""
    if macro.endswith("_SUITE"):
        return b"namespace f"
    return b"struct f" if macro.endswith(("_CLASS", "_GROUP")) else b"int f()"


def _name(macro: str, given: bytes) -> tuple[str, ...]:
    """The string among the arguments, below the fixture before it; else the identifiers."""
    arguments = [found.group(1).decode("utf-8", "replace").strip() for found in _ARGUMENT.finditer(given)]
    plain: list[str] = []
    for argument in arguments[:2]:
        if argument.startswith(('"', 'R"')):
            return (*plain, " ".join(_unquoted(argument).split()))
        if not _PLAIN.fullmatch(argument):
            break
        plain.append(argument.partition("<")[0])
    if not plain and macro == "Theory":
        plain = [part for part in arguments[1:3] if _PLAIN.fullmatch(part)]
    return tuple(plain[:1] if _FIRST_ONLY.search(macro) else plain)


def _unquoted(argument: str) -> str:
    if raw := _RAW.fullmatch(argument):
        return raw.group(1)
    pieces = re.findall(r"\"((?:[^\"\\]|\\.)*)\"", argument)
    return re.sub(r"\\(.)", r"\1", "".join(pieces))
