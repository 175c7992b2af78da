"""Which licences an unpacked package is under, as far as its own files say, and whether its code may be trained on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

ALLOWED = frozenset({
    "MIT", "Apache-2.0", "BSD", "ISC", "MPL-2.0", "BSL-1.0", "Unlicense", "PSF-2.0", "Zlib", "CC0-1.0", "PostgreSQL",
    "HPND",
})  # fmt: skip
"""Permissive licences, and the Mozilla one, whose conditions are for files that are passed on."""
_DEEPEST = 6  # folders down to Debian's usr/share/doc/<package>/copyright
_LARGEST = 200_000
_FILE = re.compile(
    r"^(licen[cs]es?|copying|copyright|unlicense|mit-license|apache-license)\b.*", re.IGNORECASE
)
# In this order: the text of one licence may name another.
_TEXTS = [
    ("AGPL", r"gnu affero general public license"),
    ("LGPL", r"gnu lesser general public license|gnu library general public license"),
    ("GPL", r"gnu general public license|license: gpl"),
    ("Apache-2.0", r"apache license,? version 2|apache license\s+version 2|license: apache-2"),
    ("MPL-2.0", r"mozilla public license"),
    ("BSL-1.0", r"boost software license"),
    ("Unlicense", r"released into the public domain"),
    ("PSF-2.0", r"python software foundation license"),
    ("PostgreSQL", r"postgresql licen[cs]e"),
    ("MIT", r"permission is hereby granted, free of charge|license: (mit|expat)"),
    ("BSD", r"redistribution and use in source and binary forms|license: bsd"),
    ("ISC", r"permission to use, copy, modify, and(/or)? distribute this software for any|license: isc"),
    ("Zlib", r"altered source versions must be plainly marked"),
    ("CC0-1.0", r"cc0 1\.0 universal"),
]
_METADATA = re.compile(r"^(?:License-Expression|License|Classifier: License ::).*$", re.MULTILINE)
_NAMES = [
    ("Apache-2.0", r"apache"), ("MIT", r"\bmit\b|expat"), ("BSD", r"\bbsd|0bsd"), ("ISC", r"\bisc\b"),
    ("MPL-2.0", r"mpl|mozilla"), ("Unlicense", r"unlicense"), ("PSF-2.0", r"psf|python software"),
    ("CC0-1.0", r"cc0"), ("HPND", r"hpnd"), ("Zlib", r"zlib"),
]  # fmt: skip


def licences(root: Path) -> set[str]:
    """The licences that a package's licence files and metadata name; empty where they name none that is known.

    A file counts by its text, metadata by the name in it. With several files a package may be used under any of them,
    or is under all: which, is not known here (:func:`is_allowed`).
    """
    found = set()
    for path in _files(root):
        name = path.name.lower()
        text = _read(path)
        if name == "package.json":
            found |= _named(str(_json(text).get("license", "")))
        elif name == "metadata":
            for line in re.findall(
                r"^(?:License-Expression|License|Classifier: License ::.*):?.*$", text, re.MULTILINE
            ):
                found |= _named(line)
        elif licence := licence_of(text):
            found.add(licence)
    return found


def is_allowed(found: set[str]) -> bool:
    """Whether one of the licences is permissive: of code under one or another, the user chooses."""
    return bool(found & ALLOWED)


def licence_of(text: str) -> str | None:
    """The licence that a text is, or begins with; None for one that is not known."""
    plain = re.sub(r"\s+", " ", text.lower())
    places = [(match.start(), name) for name, pattern in _TEXTS if (match := re.search(pattern, plain))]
    return min(places)[1] if places else None


def _named(text: str) -> set[str]:
    plain = text.lower()
    return set() if "gpl" in plain else {name for name, pattern in _NAMES if re.search(pattern, plain)}


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root).parts
        if len(inside) > _DEEPEST or "node_modules" in inside or path.is_symlink() or not path.is_file():
            continue
        named = (
            _FILE.match(path.name)
            or path.name in ("package.json", "METADATA")
            or _FILE.match(path.parent.name)
        )
        # Further down are licences of what a package brings along; but wheels and Debian have their own there.
        own = len(inside) <= 2 or ".dist-info" in str(path.parent) or path.name == "copyright"
        if named and own:
            yield path


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_LARGEST).decode("utf-8", "replace")


def _json(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
