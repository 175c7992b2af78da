"""Words, quotes and comments of SQL in any dialect, and where its statements end.

A script says nowhere whose SQL it is. What differs is told apart where it stands: a quote right behind a word opens no
string; ``DELIMITER``, ``GO`` and ``/`` are known by being alone on a line; a backslash in a string is read both ways,
and the reading that leaves fewer quotes over counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .preprocessor import blank

_NAME = rb"(?:\"[^\"]+\"|\[[^\]]+\]|`[^`]+`|[\w$@#\x80-\xff]+)"
HEAD = re.compile(
    rb"\s*(?P<verb>CREATE|ALTER)\s+(?:OR\s+(?:REPLACE|ALTER)\s+)?(?:(?:AND\s+COMPILE|GLOBAL|LOCAL|TEMP|TEMPORARY|UNLOGGED|FOREIGN|"
    rb"RECURSIVE|MATERIALI[SZ]ED|CONSTRAINT|EDITIONABLE|NONEDITIONABLE|FORCE|NO\s+FORCE|EXTERNAL|VIRTUAL|TRANSIENT|SECURE|"
    rb"DYNAMIC|HYBRID|STABLE|COLUMN|PRIVATE|SHARDED|LIVE|STREAMING|TRUSTED|UNIQUE|CLUSTERED|NONCLUSTERED|FULLTEXT|"
    rb"SPATIAL|BITMAP|ALGORITHM\s*=\s*\w+|SQL\s+SECURITY\s+\w+|DEFINER\s*=\s*(?:`[^`]*`|'[^']*'|\w+)(?:\s*@\s*(?:`[^`]*`|'[^']*'|[\w%.]+))?"
    rb"(?:\s*\(\s*\))?)\s+)*"
    rb"(?P<kind>FUNCTION|PROCEDURE|PROC|TRIGGER|AGGREGATE|EVENT|MACRO|RULE|TABLE|VIEW|TYPE(?:\s+BODY)?|DOMAIN|PACKAGE(?:\s+BODY)?|"
    rb"INDEX(?:\s+CONCURRENTLY)?|SEQUENCE|SCHEMA|DATABASE|EXTENSION|ROLE|POLICY|SYNONYM)\s+"
    rb"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?P<name>" + _NAME + rb"(?:\s*\.\s*" + _NAME + rb"){0,3})",
    re.IGNORECASE,
)  # fmt: skip
ROUTINES = re.compile(rb"(?:FUNCTION|PROC|TRIGGER|EVENT|PACKAGE|TYPE\s+BODY)", re.IGNORECASE)
CONTAINERS = re.compile(rb"PACKAGE|TYPE\s+BODY", re.IGNORECASE)
_STRINGS = {
    False: rb"'[^']*(?:''[^']*)*'|\"[^\"]*(?:\"\"[^\"]*)*\"",
    True: rb"'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'|\"[^\"\\]*(?:(?:\\.|\"\")[^\"\\]*)*\"",
}
_TOKEN = (
    rb"(?P<comment>--[^\n]*|(?:^|(?<=\s))\#(?:[\s\#!=-][^\n]*)?$|%s/\*(?!!\d*))"
    rb"|(?P<hint>/\*!\d*|\*/)"  # MySQL's code for some versions only
    rb"|(?P<meta>^\\[^\n]*)"  # psql's commands
    rb"|^[ \t]*DELIMITER[ \t]+(?P<delimiter>\S+)[^\n]*"
    rb"|(?P<batch>^[ \t]*(?:GO(?:[ \t]+\d+)?[ \t]*;?|/)[ \t]*\r?$)"
    rb"|(?P<oracle>(?<![\w$])N?Q'[^\s\w'])"
    rb"|(?P<escaped>(?<![\w$])E'[^'\\]*(?:(?:\\.|'')[^'\\]*)*')"
    rb"|(?P<string>(?:(?<![\w$\x80-\xff])|(?<=(?<![\w$])[NBXR])|(?<=_utf8)|(?<=utf8mb4)|(?<=_binary))(?:%s))"
    rb"|(?P<stray>['\"])"
    rb"|(?P<quoted>`[^`]*`|(?<![\w\]])\[[A-Za-z_#@][^\]\[\n,]*\])"
    rb"|(?P<dollar>(?<![\w$])\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$)"
    rb"|(?P<word>(?<![\w.@$#])(?:BEGIN(?:[ \t]+(?:DISTRIBUTED[ \t]+)?(?:TRAN|TRANSACTION|WORK|DIALOG|CONVERSATION)\b)?|"
    rb"CASE|END(?:\s+(?:IF|LOOP|WHILE|REPEAT|FOR)\b|\s+CASE\b)?)(?![\w$.]))"
    rb"|(?P<head>^[ \t]*(?=(?:CREATE|ALTER)\s))"
    rb"|(?P<end>;)"
)  # fmt: skip
_FLAGS = re.DOTALL | re.IGNORECASE | re.MULTILINE
_BATCHES = re.compile(rb"^[ \t]*(?:GO(?:[ \t]+\d+)?|/)[ \t]*\r?$", _FLAGS)
_COPY = re.compile(rb"\s*COPY\b.*\bFROM\s+STDIN\b", _FLAGS)
_COPIED = re.compile(rb"^\\\.[ \t]*\r?$", re.MULTILINE)
_QUOTED_BODY = re.compile(rb"\bAS\s*[$'\"]|\bLANGUAGE\b", re.IGNORECASE)
_DECLARES = re.compile(
    rb"\b(?:IS|AS)\s+(?!(?:SELECT|WITH|RETURN|LANGUAGE|EXTERNAL|BEGIN|TABLE)\b)[A-Za-z_@]\w*\s+[\w%@]",
    re.IGNORECASE,
)
_MYSQL = re.compile(rb"^[ \t]*DELIMITER\s|\bENGINE\s*=|\bAUTO_INCREMENT\b|^-- MySQL dump", _FLAGS)
_MOST_MISSING = 100
_CLOSING = {b"[": b"]", b"{": b"}", b"(": b")", b"<": b">"}
_BLOCKS = frozenset({b"BEGIN", b"CASE", b"END"})
_WORD = re.compile(rb"\S")
_RUN_ON = re.compile(rb";[ \t]*\r?\n\s*(?:CREATE|ALTER)\s", re.IGNORECASE)
_BEFORE_STRINGS = frozenset(
    (
        b"and as by case cast date datetime else escape from ilike in interval is json jsonb like not or regexp "
        b"return rlike select set similar then time timestamp values when where"
    ).split()
)
_TEMPORARY = re.compile(rb"\s*CREATE\s+(?:\w+\s+)?TEMP|.*\s\#", re.IGNORECASE | re.DOTALL)


@dataclass(slots=True)
class Statement:
    """A statement from its first word; `depth` counts blocks that are open."""

    start: int
    end: int = 0
    head: re.Match[bytes] | None = None
    depth: int = 0
    closed: bool = False  # a block of its own has ended
    goes_on: bool | None = None  # past semicolons that stand in no block

    @property
    def routine(self) -> bool:
        """Does it have statements inside?"""
        return self.head is not None and ROUTINES.match(self.head.group("kind")) is not None


@dataclass(slots=True)
class Scan:
    """A script taken apart: `code` is the text with comments and what stands in strings blank."""

    code: bytearray
    statements: list[Statement] = field(default_factory=list)
    strays: int = 0  # quotes that belong to nothing


def scan(data: bytes) -> Scan:
    """The statements of a script, read with or without backslashes in strings, whichever leaves fewer quotes over."""
    plain = _Scanner(data, backslashes=False).scanned()
    if b"\\'" not in data and b'\\"' not in data:
        return plain
    escaped = _Scanner(data, backslashes=True).scanned()
    return escaped if (escaped.strays, -_heads(escaped)) < (plain.strays, -_heads(plain)) else plain


def _heads(found: Scan) -> int:
    return sum(statement.head is not None for statement in found.statements)


class _Scanner:
    def __init__(self, data: bytes, backslashes: bool) -> None:
        self.data, self.found = data, Scan(bytearray(data))
        self._token = _TOKEN % (rb"(?:^|(?<=\s))\#[^\n]*|" if backslashes else rb"", _STRINGS[backslashes])
        self._pattern = re.compile(self._token, _FLAGS)
        self._string = re.compile(_STRINGS[backslashes], _FLAGS)
        self._batches = _BATCHES.search(data) is not None
        self._nested = True
        self._mysql = backslashes or _MYSQL.search(data) is not None
        self._missing: set[bytes] = set()  # what closes nothing in the rest of the script
        self._open: Statement | None = None
        self._from = 0  # where the next statement may begin

    def scanned(self) -> Scan:
        position = 0
        while token := self._pattern.search(self.data, position):
            position = self._read(token) + (token.lastgroup == "head")  # which is empty
        self._finish(len(self.data))
        return self.found

    def _read(self, token: re.Match[bytes]) -> int:
        """Take one token in; where to go on."""
        kind, start, end = token.lastgroup, token.start(), token.end()
        if kind == "comment":
            if token.group().startswith(b"#") and not self._comments_here(start):
                return start + 1
            end = self._comment_end(start) if token.group().endswith(b"/*") else end
            self._blank(start, end)
        elif kind in ("hint", "meta"):
            self._blank(start, end)
        elif kind == "stray" or (kind == "string" and self._runs_on(start, end)):
            return self._stray(start)
        elif kind in ("oracle", "dollar"):
            return self._delimited(start, end)
        elif kind in ("escaped", "string"):
            if self.data[end - 1 : end] == b"'":  # "…" is a name, or nearly as good
                self._blank(start + 1, end - 1)
        elif kind == "delimiter":
            self._finish(start)
            self._blank(start, end)
            self._delimit(token.group("delimiter"))
            self._from = end
        elif kind in ("batch", "own"):
            self._finish(start)
            self._blank(start, end)
            self._from = end
        elif kind == "word":
            self._word(token.group().upper().split())
        elif kind == "head":
            return self._head(start, end)
        elif kind == "end":
            return self._semicolon(end)
        return end

    def _blank(self, start: int, end: int) -> None:
        self.found.code[start:end] = blank(self.data[start:end])

    def _comments_here(self, start: int) -> bool:
        """Does ``#`` begin a comment? Always in MySQL's SQL; elsewhere it may be an operator between two values."""
        before = self.data[max(start - 200, 0) : start].rstrip(b" \t")
        return self._mysql or before[-1:] in b"\n,;({"

    def _delimited(self, start: int, end: int) -> int:
        """The end of ``$tag$ … $tag$`` or ``q'[ … ]'``."""
        opening = self.data[start:end]
        mark = opening[-1:]
        closing = opening if mark == b"$" else _CLOSING.get(mark, mark) + b"'"
        close = (
            -1
            if closing in self._missing or len(self._missing) > _MOST_MISSING
            else self.data.find(closing, end)
        )
        if close < 0:
            self._missing.add(closing)
            return start + 1
        self._blank(start + 1, close + len(closing) - 1)
        return close + len(closing)

    def _comment_end(self, start: int) -> int:
        """PostgreSQL's and SQL Server's comments nest, MySQL's and Oracle's don't."""
        depth, position = 1, start + 2
        while self._nested and (mark := re.compile(rb"/\*|\*/").search(self.data, position)):
            depth += 1 if mark.group() == b"/*" else -1
            position = mark.end()
            if not depth:
                return position
        self._nested = False
        first = self.data.find(b"*/", start + 2)
        return first + 2 if first >= 0 else start + 2

    def _delimit(self, delimiter: bytes) -> None:
        custom = b"" if delimiter == b";" else b"(?P<own>" + re.escape(delimiter) + b")|"
        self._pattern = re.compile(
            custom + (self._token.replace(b"|(?P<end>;)", b"") if custom else self._token), _FLAGS
        )

    def _current(self) -> Statement:
        """The open statement, begun where its first word stands."""
        if self._open is None:
            word = _WORD.search(self.found.code, self._from)
            start = word.start() if word else self._from
            self._open = Statement(start, head=HEAD.match(self.found.code, start))
            if self._open.head and CONTAINERS.match(self._open.head.group("kind")):
                self._open.depth = 1
        return self._open

    def _finish(self, end: int) -> None:
        """End the open statement, if there is one."""
        if self._open is not None or self.found.code[self._from : end].strip():
            statement = self._current()
            statement.end = statement.start + len(self.found.code[statement.start : end].rstrip())
            self.found.statements.append(statement)
        self._open, self._from = None, end

    def _word(self, words: list[bytes]) -> None:
        statement = self._current()
        if not statement.routine or words[-1] not in _BLOCKS:
            return
        if words[0] == b"END":
            statement.depth = max(statement.depth - 1, 0)
            statement.closed |= not statement.depth
        else:
            statement.depth += 1

    def _semicolon(self, end: int) -> int:
        statement = self._current()
        if not self._ends(statement, end):
            return end
        copy = _COPY.match(self.found.code, statement.start, end)
        self._finish(end)
        if copy is None:
            return end
        data_end = _COPIED.search(self.data, end)
        self._from = data_end.end() if data_end else end
        self._blank(end, self._from)
        return self._from

    def _ends(self, statement: Statement, end: int) -> bool:
        """Does a semicolon end the statement, or something in its body?"""
        if not statement.routine:
            return True
        if statement.depth:
            return False
        if statement.goes_on is None:  # the first semicolon shows what kind of body it is
            text = self.found.code
            quoted = _QUOTED_BODY.search(text, statement.start, end)
            declares = _DECLARES.search(text, statement.start, end)
            statement.goes_on = not quoted and (
                self._batches or (declares is not None and not statement.closed)
            )
        return not statement.goes_on or (statement.closed and not self._batches)

    def _head(self, start: int, end: int) -> int:
        """A line begins with CREATE or ALTER: the statement above ends there where it lacks its own end."""
        found = HEAD.match(self.data, start)
        if (
            found is None
            or not self.found.code[self._from : start].strip()
            or _TEMPORARY.match(found.group())
        ):
            return end
        above = self._current()
        if above.routine:
            kind = found.group("kind").upper()
            whole = (
                ROUTINES.match(kind)
                or kind == b"VIEW"
                or (above.closed and not above.depth)
                or b"$$" in self._missing
            )
            if start != end or not whole:
                return end
        self._finish(start)
        return end

    def _stray(self, start: int) -> int:
        """A quote behind a word: of a string only where the word is a keyword (``date'2026-01-01'``)."""
        word = re.search(rb"\w+$", self.data[max(start - 20, 0) : start])
        string = (
            self._string.match(self.data, start) if word and word.group().lower() in _BEFORE_STRINGS else None
        )
        if string is None:
            self.found.strays += 1
            return start + 1
        self._blank(start + 1, string.end() - 1)
        return string.end()

    def _runs_on(self, start: int, end: int) -> bool:
        """Does a string look like two that each lack a quote, with statements between?"""
        return self.data[end : end + 1].isalnum() and _RUN_ON.search(self.data, start, end) is not None
