"""Names in words, and qualified names taken apart."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(
    r"[A-Z]+(?![a-z])|[A-Z]?(?:[^\W\d_A-Z]|[^\x00-\x7f])+|\d+"
)  # vowel signs and accents are no \w
_QUALIFIER = re.compile(r"::|->|[.:#\\]")
_QUOTED = re.compile(
    r"@?([\"'`])((?:(?!\1).)+)\1", re.DOTALL
)  # a name that reads as it stands, with spaces and all
_BACKTICKS = re.compile(r"`([^`]+)`")
_RAW = re.compile(r"\br#(?=[^\W\d])")  # Rust's r#type
_OPERATOR = re.compile(r"\boperator\b\s*(?:\(\)|\[\]|[^\w\s(]+|\w+)")


def split_words(name: str) -> str:
    """`closeIdle_HTTPConnections2` → `close idle http connections 2`; one pass, always lower case."""
    if not name.isascii():  # the pattern knows only A to Z as capitals
        name = "".join(f" {letter}" if letter > "\x7f" and letter.isupper() else letter for letter in name)
    return " ".join(match.group().lower() for match in _WORD.finditer(name))


def strip_brackets(text: str) -> str:
    """`Map<K, Vec<V>>` → `Map`: generic arguments say nothing about which symbol is meant."""
    if "<" not in text and "[" not in text and "(" not in text:
        return text
    depth, kept = 0, []
    for character in text:
        if character in "<[(":
            depth += 1
        elif character in ">])":
            depth = max(depth - 1, 0)
        elif depth == 0:
            kept.append(character)
    return "".join(kept)


def qualified_parts(text: str) -> list[str]:
    """The identifiers of a possibly qualified, generic or quoted name, outermost first.

    `*Command` → [Command]; `std::vector<int>::push` → [std, vector, push]; `"key"` → [key];
    names made of operators (`<=>`, `operator==`) stay whole.
    """
    text = text.strip()
    if quoted := _QUOTED.fullmatch(text):
        return [quoted.group(2)]
    if "`" in text:
        return _with_backticks(text)
    text = text.strip('"').lstrip("'")
    if text[:1] in ("[", "("):  # a computed property: [Symbol.iterator]; a type in parentheses
        text = text.strip("[]()")
    text = _RAW.sub("", text)
    operator = _OPERATOR.search(text)
    if operator:
        head = [part for part in _QUALIFIER.split(strip_brackets(text[: operator.start()])) if part.strip()]
        return [*(part.strip() for part in head), re.sub(r"\s+", " ", operator.group())]
    if not re.search(r"\w", text):
        return [text] if text else []
    parts = (_identifier(part) for part in _QUALIFIER.split(strip_brackets(text)))
    return [part for part in parts if part]


def called_name(text: str) -> str:
    """The name of what a call names, as its definition has it: without backticks, ``r#`` and ``@``."""
    name = text.strip("`").removeprefix("r#").removeprefix("@")
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def _with_backticks(text: str) -> list[str]:
    """``Cart.`is empty` `` → Cart, is empty."""
    parts: list[str] = []
    for index, part in enumerate(_BACKTICKS.split(text)):
        parts += [part] if index % 2 else qualified_parts(part.replace("`", ""))
    return [part for part in parts if part.strip()]


def _identifier(text: str) -> str:
    """The last identifier of one part: `const Foo *` → Foo, `~Foo`, `empty?` and `@x` keep their marks."""
    found = re.findall(r"[~@$]?(?:[\w$'-]|[^\x00-\x7f])+[?!=]?|[^\w\s]+", text.strip())
    words = [word for word in found if re.search(r"\w", word)]
    return words[-1].lstrip("'") if words else ""
