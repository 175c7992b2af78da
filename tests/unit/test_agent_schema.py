"""A tool's signature as JSON Schema, arguments checked against it, and what a session remembers."""

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

import pytest

from pgcodesearch.agents import schema
from pgcodesearch.agents.freshness import Fresh
from pgcodesearch.agents.schema import Says
from pgcodesearch.agents.service import TOOLS
from pgcodesearch.agents.sessions import Session, Sessions
from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.searching import Hit


@dataclass(frozen=True)
class Row:
    at: datetime | None
    names: list[str]
    shares: dict[str, float]


def example(
    call,
    query: Annotated[str, Says("What.")],
    k: Annotated[int, Says("How many.", 1, 9)] = 3,
    side: Annotated[Literal["a", "b"] | None, Says("Which.")] = None,
    deep: Annotated[bool, Says("Whether.")] = False,
    paths: Annotated[list[str] | None, Says("Where.")] = None,
    least: Annotated[float | None, Says("From.", minimum=0)] = None,
) -> Row:
    raise AssertionError


SCHEMA = schema.of_parameters(example)


def test_a_signature():
    assert SCHEMA["required"] == ["query"]
    assert SCHEMA["additionalProperties"] is False
    properties = SCHEMA["properties"]
    assert properties["k"] == {
        "type": "integer", "minimum": 1, "maximum": 9, "default": 3, "description": "How many.",
    }  # fmt: skip
    assert properties["side"] == {"type": "string", "enum": ["a", "b"], "description": "Which."}
    assert properties["paths"]["items"] == {"type": "string"}


def test_a_result():
    found = schema.of_dataclass(Row)
    assert found["required"] == ["at", "names", "shares"]
    assert found["properties"]["at"] == {
        "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]
    }
    row = Row(datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), ["a"], {"b": 0.5})
    assert schema.as_json(row) == {
        "at": "2026-01-02T03:04:05+00:00", "names": ["a"], "shares": {"b": 0.5},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({"k": "4"}, {"k": 4}),
        ({"k": 4.0}, {"k": 4}),
        ({"k": None, "side": None}, {}),
        ({"deep": "True"}, {"deep": True}),
        ({"paths": "a"}, {"paths": ["a"]}),
        ({"least": "0.5"}, {"least": 0.5}),
    ],
)
def test_what_models_write_is_taken(given, taken):
    assert schema.checked(SCHEMA, {"query": "x", **given}) == {"query": "x", **taken}


@pytest.mark.parametrize(
    "given",
    [
        {"k": 0}, {"k": 10}, {"k": 1.5}, {"k": "many"}, {"k": True}, {"k": "nan"}, {"k": [1]}, {"k": 10**400},
        {"side": "c"}, {"deep": 1}, {"paths": [1]}, {"query": 3}, {"query": None}, {"other": 1}, {"least": -1},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_hint(given):
    with pytest.raises(InvalidArgument) as caught:
        schema.checked(SCHEMA, {"query": "x", **given})
    assert caught.value.hint


def test_what_a_client_is_told_costs_few_tokens():
    """Names, descriptions and inputs are what a model reads of all tools in every conversation."""
    for tool in TOOLS.values():
        assert len(tool.description) + len(json.dumps(tool.input_schema)) < 1700, tool.name


def hit(chunk: int, query: int | None, path: str = "a.py", lines: tuple[int, int] = (1, 9)) -> Hit:
    return Hit(1, chunk, "web", path, *lines, "function", "f", 1.0, 1, 1, "", query, None)


def test_what_was_shown_is_opened_once():
    session = Session()
    session.show([hit(1, 7), hit(2, 7), hit(3, None)])
    session.show([hit(2, 8)])
    opened = session.opened_chunk(1)
    assert opened is not None
    assert opened.query_id == 7
    assert session.opened_chunk(1) is None
    assert session.opened_chunk(3) is None
    assert session.opened_chunk(2).query_id == 8  # the later search


def test_lines_belong_to_what_has_most_of_them():
    session = Session()
    session.show([hit(1, 7, lines=(1, 9)), hit(2, 7, lines=(10, 40)), hit(3, 7, "b.py")])
    assert session.opened_lines("web", "a.py", 8, 30).chunk_id == 2
    assert session.opened_lines("web", "a.py", 50, 60) is None
    assert session.opened_lines("other", "a.py", 1, 9) is None
    assert (session.repository_of("b.py"), session.repository_of("c.py")) == ("web", None)


def test_nobody_opens_for_another():
    sessions = Sessions()
    sessions.session("a").show([hit(1, 7)])
    assert sessions.session("b").opened_chunk(1) is None
    assert sessions.session("a").opened_chunk(1)
    anybody = sessions.session(None)
    anybody.show([hit(1, 7), hit(2, 7)])
    anybody.show([hit(1, 8)])
    anybody.show([hit(1, 9)])
    assert sessions.session(None).opened_chunk(1) is None
    assert sessions.session(None).opened_chunk(2)


def test_memory_is_bounded():
    session, sessions = Session(), Sessions()
    session.show([hit(chunk, 1) for chunk in range(5000)])
    assert session.opened_chunk(0) is None
    assert session.opened_chunk(4999)
    first = sessions.session("0")
    for number in range(5000):
        sessions.session(str(number))
    assert sessions.session("0") is not first


def test_freshness_in_one_line():
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    assert (
        Fresh("web", at, "a" * 40 + "-dirty", 2, 1, 0.5, 1).line()
        == "web: indexed 2026-01-02 03:04 UTC, commit aaaaaaaaaaaa-dirty, 1 file changed since: read those from disk,"
        " or index again, 2 files pending, 1 file failed, 50% of texts have vectors"
    )
    assert (
        Fresh("web", at, None, 0, 0, 1.0, 0).line()
        == "web: indexed 2026-01-02 03:04 UTC, no file changed since"
    )
    assert not Fresh("web", at, None, 0, 0, 1.0, None).is_stale


def test_the_tools_need_neither_the_sdk_nor_a_model():
    """Either takes as long to import as a server may take to its first answer."""
    program = (
        "import sys, pgcodesearch.agents.service;"
        " print(*{'mcp', 'numpy', 'onnxruntime', 'sqlalchemy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("later_sdk", [False, True])
def test_a_quick_start_goes_without_what_a_server_does_not_need(later_sdk):
    """The SDK's package is not executed; one that can't be imported so is imported as ever."""
    program = """
import importlib.abc, sys

class LaterSdk(importlib.abc.MetaPathFinder):
    refused = not int(sys.argv[1])

    def find_spec(self, name, path, target=None):
        if name == "mcp.server.lowlevel" and not LaterSdk.refused:
            LaterSdk.refused = True
            raise ImportError("a module that needs the package")

sys.meta_path.insert(0, LaterSdk())
from pgcodesearch.agents.running import _serving_by_stdio
make_server, serve_stdio = _serving_by_stdio()
print(make_server.__name__, serve_stdio.__name__, hasattr(sys.modules["mcp"], "Client"))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(int(later_sdk))], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["make_server", "serve_stdio", str(later_sdk)]
