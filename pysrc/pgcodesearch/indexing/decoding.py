"""Bytes of a file as text: UTF-8, or what a mark, a declaration or the bytes themselves say; binaries are told apart.

The order: a byte order mark; bytes that no text has; UTF-8; UTF-16 or 32 without a mark; what the file declares
(PEP 263, XML, HTML, CSS); UTF-8 with a few stray bytes; what chardet finds the likeliest. So no file says of itself
what its bytes disprove.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
# Formats whose beginning could be taken for text in some encoding; nearly all others have NUL bytes.
_MAGIC = (
    b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"\x1f\x8b", b"\x1f\x9d", b"PK\x03\x04", b"PK\x05\x06",
    b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"Rar!\x1a", b"\x7fELF", b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xd0\xcf\x11\xe0", b"\x93NUMPY", b"\x89HDF", b"OggS", b"fLaC",
    b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"\xde\x12\x04\x95", b"\x95\x04\x12\xde",
)  # fmt: skip
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\f\r\b\x1b")) + b"\x7f"
# A text may have a stray one, a binary of any size has a tenth.
_MOST_CONTROLS = 0.01
_DECLARED = re.compile(
    rb"coding[:=][ \t]*[\"']?([-\w.]+)|<\?xml[^>]{0,200}?encoding=[\"']([-\w.]+)|"
    rb"<meta[^>]{0,200}?charset=[\"']?([-\w.]+)|@charset[ \t]*[\"']([-\w.]+)",
    re.IGNORECASE,
)
_DECLARED_WITHIN = 1_024
# Python has codecs that are no encodings of text, or take unbounded time.
_CHARSET = re.compile(
    r"(?:ascii|latin[_-]?\d+|iso[_-]?(?:8859|2022)[-_\w]*|(?:windows|cp)[-_]?\d+|koi8[-_]?[rut]|mac[-_]\w+|gb\w+|hz(?:-gb-2312)?|big5[-_\w]*|"
    r"shift[-_]?jis[-_\w]*|sjis|euc[-_]?\w+|johab|tis-?620|utf[-_]?(?:8|16|32)(?:[-_]?(?:le|be|sig))?|us-ascii)",
    re.IGNORECASE,
)
# Encodings in seven bits, whose bytes are UTF-8 too: Japanese says so by its escapes, the others only by a declaration.
_SEVEN_BITS = ("iso2022", "hz")
_JAPANESE = re.compile(rb"\x1b\$[@B].{1,1000}?\x1b\([BJ]", re.DOTALL)
_SAMPLE_BYTES = 20_000
_FEW = 4
_LIKELY_TEXT = "\t\n\r\f"


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text, and the encoding that it was read in; None for UTF-8. ``shortened``: not all of it."""

    text: str
    encoding: str | None = None
    shortened: bool = False


def decode(data: bytes) -> Text | None:
    """The text of a file's bytes; None where they are no text. Raises UnicodeError where nobody can tell."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _without_nul(Text(data.decode(encoding), encoding))
    if data.startswith(_MAGIC):
        return None
    if b"\0" in data:
        return _wide(data)
    declared = _declared(data)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        if _share(data.translate(None, _CONTROLS), data) > _MOST_CONTROLS:
            return None
        return _other(data, declared)
    seven = declared if declared and declared.startswith(_SEVEN_BITS) else None
    if seven or _JAPANESE.search(data):
        return _attempt(data, seven or "iso2022_jp") or Text(text)
    return None if _share(data.translate(None, _CONTROLS), data) > 10 * _MOST_CONTROLS else Text(text)


def _other(data: bytes, declared: str | None) -> Text:
    """Text that is not UTF-8."""
    if declared and (found := _attempt(data, declared)):
        return found
    text = data.decode(errors="replace")
    replaced = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    characters = sum(character > "\x7f" for character in text) - replaced
    if replaced * 2 <= characters:
        return Text(text, "utf-8 with bytes replaced")
    return _detected(data)


def _declared(data: bytes) -> str | None:
    """The encoding that the file says it has, where Python knows it."""
    match = _DECLARED.search(data, 0, _DECLARED_WITHIN)
    name = next(filter(None, match.groups()), b"").decode() if match else ""
    if not _CHARSET.fullmatch(name):
        return None
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    # What is in UTF-16 can't say so in these bytes.
    return None if found.startswith("utf") else found


def _attempt(data: bytes, encoding: str) -> Text | None:
    try:
        # As browsers do: what says Latin-1 and has bytes that are no characters there was written on Windows.
        if encoding in ("iso8859-1", "ascii") and re.search(rb"[\x80-\x9f]", data):
            encoding = "cp1252"
        return _without_nul(Text(data.decode(encoding), codecs.lookup(encoding).name))
    except (UnicodeError, LookupError):
        return None


def _wide(data: bytes) -> Text | None:
    """UTF-16 or 32 without a mark, which has NULs as text in Latin letters; None for a binary."""
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        latin = sum(map(text.count, " \n\t\r.,;:()etaoins"))
        if latin * 10 >= len(text) and _is_readable(text):
            return Text(text, encoding)
    return None


def _is_readable(text: str) -> bool:
    odd = sum(not (character.isprintable() or character in _LIKELY_TEXT) for character in text)
    return "\0" not in text and odd <= len(text) * _MOST_CONTROLS


def _detected(data: bytes) -> Text:
    """What the library finds the likeliest of the lines that are not ASCII."""
    sample = b"\n".join(line for line in data.split(b"\n") if not line.isascii())[:_SAMPLE_BYTES]
    for encoding in (_likely(sample), "cp1252", "iso8859-1"):
        if encoding and (found := _attempt(data, encoding)):
            return found
    raise UnicodeError("no encoding fits")


def _likely(sample: bytes) -> str | None:
    runs = re.findall(rb"[\x80-\xff]+", sample)
    # A few accents, or a sign of copyright: too little to tell languages by.
    if max(map(len, runs)) <= 2 and sum(map(len, runs)) <= _FEW:
        return "cp1252"
    import chardet

    return chardet.detect(sample)["encoding"]


def _without_nul(found: Text) -> Text | None:
    return None if "\0" in found.text else found


def _share(without: bytes, data: bytes) -> float:
    return (len(data) - len(without)) / max(len(data), 1)
