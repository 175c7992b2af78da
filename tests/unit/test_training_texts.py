"""Texts to train on: whose code is taken, what people wrote of changes, copies."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pgcodesearch.training.commit_texts import changes
from pgcodesearch.training.elsewhere import mentions
from pgcodesearch.training.fetch import fetch_git, folder_name
from pgcodesearch.training.licences import is_allowed, licence_of, licences
from pgcodesearch.training.texts import read_chunks

MIT = "MIT License\n\nPermission is hereby granted, free of charge, to any person\nobtaining a copy of this software"
APACHE = (
    "                                 Apache License\n                           Version 2.0, January 2004"
)
GPL = "GNU GENERAL PUBLIC LICENSE\nVersion 3. See also the Apache License, Version 2.0"
BSD = "Copyright (c) 2020 X.\nRedistribution and use in source and binary forms, with or without modification"


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        (MIT, "MIT"), (APACHE, "Apache-2.0"), (GPL, "GPL"), (BSD, "BSD"), ("All rights reserved.", None), ("", None),
        ("GNU LESSER GENERAL PUBLIC LICENSE", "LGPL"), ("GNU Affero General Public License", "AGPL"),
        ("Mozilla Public License Version 2.0, compatible with the GNU General Public License", "MPL-2.0"),
        ("License: Expat\n Permission is hereby granted, free of charge", "MIT"),
    ],
)  # fmt: skip
def test_a_licence_is_known_by_its_text(text, licence):
    assert licence_of(text) == licence


@pytest.mark.parametrize(
    ("files", "allowed"),
    [
        ({"LICENSE": MIT}, True), ({"COPYING": GPL}, False), ({}, False), ({"README": MIT}, False),
        ({"COPYING": GPL, "LICENSE": BSD}, True),  # the user chooses
        ({"LICENSES/MIT.txt": MIT}, True), ({"usr/share/doc/x/copyright": "License: Expat"}, True),
        ({"x-1.0.dist-info/METADATA": "Name: x\nLicense-Expression: Apache-2.0\n\nNot GPL."}, True),
        ({"x-1.0.dist-info/METADATA": "Name: x\nLicense: GPLv3\n"}, False),
        ({"package/package.json": '{"license": "ISC"}'}, True), ({"package.json": "{"}, False),
        ({"src/vendor/deep/LICENSE": MIT}, False), ({"node_modules/LICENSE": MIT}, False),
    ],
)  # fmt: skip
def test_code_is_taken_where_a_permissive_licence_is_said(tmp_path, files, allowed):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert is_allowed(licences(tmp_path)) is allowed


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *identity, "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def _function(name: str, body: str) -> str:
    documentation = f"    '''Handle the {name} of a request.'''\n"
    return f"def {name}(request, response):\n{documentation}    {body}\n    return response\n\n\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A work tree whose commits change one definition, many, a test, and nothing that matters."""
    root = tmp_path / "sources" / "git_owner-name"
    (root / "tests").mkdir(parents=True)
    _git(root, "init", "-q")
    (root / "LICENSE").write_text(MIT)

    def commit(message: str, **files: str) -> None:
        for name, text in files.items():
            path = root / name.replace("__", "/")
            path.write_text(text)
        _git(root, "add", "-A")
        _git(root, "commit", "-q", "-m", message)

    names = [f"step_{number}" for number in range(5)]
    before = {"a.py": "".join(_function(name, "request.read()") for name in names)}
    commit("First steps of handling a request", **before)
    changed = before["a.py"].replace("request.read()", "request.read(limit=10)", 1)
    commit(
        "fix(http): Stop reading bodies that are too long (#12)\n\n"
        "A body without an end filled the memory of workers.",
        **{"a.py": changed},
    )
    commit(
        "Use keyword arguments when calling into the response object",
        **{"a.py": before["a.py"].replace("return", "yield")},
    )
    commit(
        "Test that long bodies are refused by the reader",
        **{"tests__test_a.py": _function("test_long", "pass")},
    )
    commit("wip", **{"a.py": before["a.py"].replace("read()", "peek()", 1)})
    return root


def test_a_commit_asks_for_what_it_changed(repository):
    found = list(changes(repository, set(), 100))
    assert [(change.chunk.symbol, change.queries) for change in found] == [
        ("step_0", ["stop reading bodies that are too long",
                    "A body without an end filled the memory of workers"])
    ]  # fmt: skip
    assert "limit=10" in found[0].chunk.content
    assert list(changes(repository, {"a"}, 100)) == []


def test_texts_of_a_folder_of_packages(repository, tmp_path):
    sources = repository.parent
    for name, licence in (
        ("pypi_copy", APACHE),
        ("pypi_closed", "All rights reserved."),
        ("pypi_secret", MIT),
    ):
        (sources / name).mkdir()
        (sources / name / "LICENSE").write_text(licence)
    (sources / "pypi_copy" / "b.py").write_text(
        (repository / "a.py").read_text() + _function("other", "request.close()")
    )
    (sources / "pypi_closed" / "c.py").write_text(_function("closed", "request.stop()"))
    (sources / "pypi_secret" / "d.py").write_text(_function("excluded", "request.hide()"))
    (tmp_path / "names.txt").write_text("secret\n")
    output = tmp_path / "texts.jsonl"
    subprocess.run(
        [sys.executable, "-m", "pgcodesearch.training.texts", "--sources", sources, "--output", output,
         "--exclude", tmp_path / "names.txt", "--commits", "100", "--jobs", "2"],
        check=True, capture_output=True,
    )  # fmt: skip
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    report = json.loads((tmp_path / "texts.report.json").read_text())
    assert {row["group"] for row in rows} == {"git_owner-name", "pypi_copy"}
    assert [row["queries"][: row["said"]] for row in rows if "commit" in row.get("where", ())] == [
        ["stop reading bodies that are too long", "A body without an end filled the memory of workers"]
    ]
    assert report["refused"] == {"pypi_closed": "no licence found"}
    assert report["copies_of_other_packages"] > 0
    assert sum("other" in row["code"] for row in rows if row["group"] == "pypi_copy") == 1
    assert report["languages"] == {"python": len(rows)}
    assert report["said"] == {"commit": 2}


def _found(root: Path) -> list[tuple[str, str, str]]:
    told = mentions(root, read_chunks(root, set(), 100), set(), 100)
    return sorted((mention.where, mention.query, mention.found.chunk.symbol) for mention in told)


_READER = """class BodyReader:
    '''Read the body of a request in pieces.'''

    def read_body(self, request, limit):
        '''Read at most so many bytes of the body.'''
        return self._piece_of_body(request.stream, limit)

    def _piece_of_body(self, stream, limit):
        return stream.read(limit) if limit else stream.read()

    def format(self, request, response):
        return request.format(response).encode("utf-8")


class OtherReader:
    def close_stream(self, stream, reason):
        return stream.close(reason or "nothing is left to read")


class ThirdReader:
    def close_stream(self, stream, reason):
        return stream.close(reason or "something is left to read")
"""
_PYTHON_TEST = """from reader import BodyReader

def test_read_body_stops_at_the_limit():
    assert BodyReader().read_body(request, 10) == b'x' * 10

def test_stream_is_closed_at_the_end():
    OtherReader().close_stream(stream, None)

def test_limit():
    BodyReader().read_body(request, 10)
"""
_CHANGELOG = """# Changes

## 2.0
* `BodyReader.read_body` stops at the limit when the stream
  has no end (#12, by [@someone](https://example.org/someone))
* Faster.
* The `format` of an answer is that of the request
- Both `read_body()` and `_piece_of_body()` take a limit now
"""
_README = """# A small reader

Reads things.

## Reading what has no end

A stream may go on for ever. Give `read_body` a limit of bytes.

    read_body(request, 10)

## Where things are

- [The reader](src/reader.py) reads bodies in pieces and closes streams
"""


def test_what_is_said_elsewhere_asks_for_the_only_one_of_the_name(tmp_path):
    for name, text in (
        ("src/reader.py", _READER), ("tests/test_reader.py", _PYTHON_TEST), ("CHANGES.md", _CHANGELOG),
        ("README.md", _README), ("vendor/tests/test_copy.py", _PYTHON_TEST.replace("limit", "border")),
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert _found(tmp_path) == [
        ("caller", "read at most so many bytes of the body", "BodyReader._piece_of_body"),
        ("changelog", "BodyReader.read_body stops at the limit when the stream has no end", "BodyReader.read_body"),
        ("documentation", "Give read_body a limit of bytes", "BodyReader.read_body"),
        ("documentation", "Reading what has no end", "BodyReader.read_body"),
        ("documentation", "The reader reads bodies in pieces and closes streams", "reader"),
        ("test", "read body stops at the limit", "BodyReader.read_body"),
    ]  # fmt: skip


def test_titles_of_cases_are_names_of_tests(tmp_path):
    source = "export function parseAddress(text) {\n  return text.split('@').map((part) => part.trim());\n}\n"
    test = (
        "it('refuses an address without a host', () => {\n  expect(() => parseAddress('x')).toThrow();\n});\n"
    )
    (tmp_path / "address.js").write_text(source)
    (tmp_path / "address.test.js").write_text(test)
    assert _found(tmp_path) == []
    (tmp_path / "address.test.js").write_text(test + test.replace("refuses an", "does parse an"))
    assert _found(tmp_path) == [("test", "does parse an address without a host", "parseAddress")]


def test_a_repository_comes_at_its_commit_with_its_history(repository, tmp_path):
    wanted = _git(repository, "rev-parse", "HEAD~2")
    target = tmp_path / "git_owner-name"
    fetch_git(f"{repository}@{wanted}", tmp_path, target)
    assert _git(target, "rev-parse", "HEAD") == wanted
    assert _git(target, "rev-list", "--count", "HEAD") == "3"
    assert folder_name("git", "https://example.org/owner/name.git@0123") == "git_owner-name"
