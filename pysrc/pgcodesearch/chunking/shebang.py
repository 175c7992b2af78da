"""The language of a script by its first lines."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

_LINE = re.compile(r"\ufeff?#!(.*)")
_NIX = re.compile(r"^#!\s*nix-shell\s+.*?-i\s+(\S+)", re.MULTILINE)
_VERSION = re.compile(r"[-._\d]+$")
_ASSIGNMENT = re.compile(r"\w+=")
_INTERPRETERS = {
    "python": "python pypy ipython pythonw jython micropython",
    "javascript": "node nodejs qjs zx",
    "typescript": "bun deno ts-node tsx ts-node-esm tsimp",
    "bash": "sh bash dash ksh mksh zsh ash bats",
    "ruby": "ruby jruby rake",
    "php": "php",
    "lua": "lua luajit",
    "elixir": "elixir iex",
    "haskell": "runhaskell runghc",
    "scala": "scala scala-cli amm",
    "swift": "swift",
    "kotlin": "kotlin kotlinc kscript",
    "go": "gorun yaegi",
    "rust": "rust-script",
    "zig": "zig",
    "java": "java jbang",
    "sql": "psql sqlite3 mysql",
}
_LANGUAGES = {name: language for language, names in _INTERPRETERS.items() for name in names.split()}
# What starts an interpreter, and the language where its arguments name none.
_RUNNERS = dict.fromkeys(
    ("env", "sudo", "nice", "nohup", "time", "exec", "busybox", "nix", "direnv", "mise", "asdf")
)
_RUNNERS |= dict.fromkeys(
    ("uv", "uvx", "pipx", "poetry", "pdm", "hatch", "rye", "conda", "mamba", "pixi", "pipenv"), "python"
)
_RUNNERS |= dict.fromkeys(("npx", "npm", "pnpm", "yarn", "bunx"), "javascript")
_RUNNERS |= {"bundle": "ruby", "cargo": "rust", "go": "go", "stack": "haskell", "cabal": "haskell"}


def shebang_language(head: str) -> str | None:
    """The language that ``#!`` in the first line names, through ``env`` and other runners; None without any."""
    line = _LINE.match(head)
    if line is None:
        return None
    words = _words(line.group(1))
    if words and _program(words[0]) in ("env", "nix-shell") and (script := _NIX.search(head)):
        words = [script.group(1)]
    runner = None
    for program in map(_program, words):
        if program in _LANGUAGES:
            return _LANGUAGES[program]
        if program in _RUNNERS and not (runner and _RUNNERS[runner]):
            runner = program
        elif runner is None:
            return None  # an interpreter of another language
    return _RUNNERS[runner] if runner else None


def _words(text: str) -> list[str]:
    lexer = shlex.shlex(text.strip(), posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", ""  # C:\\Python
    try:
        words = list(lexer)
    except ValueError:  # a quote that is not closed
        words = text.split()
    return list(_operands(words))


def _operands(words: list[str]) -> Iterator[str]:
    """The words that may be programs: no options and no assignments."""
    for word in words:
        split = re.match(r"(?:-S|--split-string[= ]?)(.+)", word)  # env -S'python3 -u'
        if split:
            yield from _operands(split.group(1).split())
        elif not word.startswith("-") and not _ASSIGNMENT.match(word):
            yield word


def _program(word: str) -> str:
    """`/usr/bin/python3.12` → python."""
    name = re.split(r"[/\\]", word)[-1].lower().removesuffix(".exe")
    return name if name in _LANGUAGES else _VERSION.sub("", name)
